import { Agents, startAgent, type StartedAgent } from "../../src/agents/agents.ts";
import type { SessionMessage } from "../../src/opencode/client.ts";
import type { Store } from "../../src/store/store.ts";

/** A message with only the fields that are read of it. */
const asMessage = (fields: unknown) => fields as SessionMessage;

/** A user message of a session; without text it has no part, as a killed server leaves it. */
export function prompted(id: string, text = "do it", created = 0): SessionMessage {
  const parts = text === "" ? [] : [{ id: `prt_${id}`, type: "text", text }];
  return asMessage({ info: { id, role: "user", time: { created } }, parts });
}

/** An assistant message of a session: what it says, how it failed, whether it came to its end. */
export function answer({
  text,
  error,
  completed = true,
  toolError,
  tool,
  finish = "stop",
  summary,
}: {
  text?: string;
  error?: string;
  completed?: boolean;
  /** The error of a tool it called last. */
  toolError?: string;
  /** What a tool it called last printed. */
  tool?: string;
  /** Why the model stopped; `tool-calls` where it goes on in another message, `none` when it is not told. */
  finish?: "stop" | "tool-calls" | "length" | "content-filter" | "unknown" | "none";
  /** It sums up what went before, for opencode itself. */
  summary?: boolean;
}): SessionMessage {
  const said = text === undefined ? [] : [{ id: "prt_answer", type: "text", text }];
  const state = { status: "error", error: toolError };
  const failed =
    toolError === undefined ? [] : [{ id: "prt_tool", type: "tool", tool: "bash", state }];
  const ran = {
    id: "prt_ran",
    type: "tool",
    tool: "bash",
    state: { status: "completed", output: tool },
  };
  return asMessage({
    info: {
      id: "msg_answer",
      role: "assistant",
      summary,
      ...(completed && finish !== "none" && { finish }),
      time: { created: 1, ...(completed && { completed: 2 }) },
      ...(error !== undefined && { error: { name: error, data: {} } }),
    },
    parts: [...said, ...failed, ...(tool === undefined ? [] : [ran])],
  });
}

/** A user message that opencode made by itself. */
export function synthetic(id: string, text: string): SessionMessage {
  const part = { id: `prt_${id}`, type: "text", text, synthetic: true };
  return asMessage({ info: { id, role: "user" }, parts: [part] });
}

/** A running agent in session ses_1, whose terminal has the title of the captured screens. */
export const siteAgent: StartedAgent = {
  id: "a1",
  name: "site",
  directory: "/srv",
  sessionId: "ses_1",
  title: "Greeting",
  hasOwnTitle: true,
  isOpened: true,
  yolo: false,
  areRulesDue: false,
  state: "active",
  sessionToEnd: undefined,
  endDirectory: undefined,
  formerName: undefined,
  choice: undefined,
};

/** A session tree in which every session is a root. */
export const flatTree = { rootOf: async (sessionId: string) => sessionId };

/** Calls of which nobody knows the turn. */
export const unknownCalls = {
  find: async () => undefined,
  onlyConversation: async () => undefined,
};

/** Records an opencode session of an agent that has none. */
export async function giveSession(agents: Agents, name: string, sessionId: string): Promise<void> {
  await agents.setSession(name, sessionId, (await agents.get(name))?.title ?? "");
}

/** Starts an agent in `/srv` that has an opencode session already. */
export async function startWith(store: Store, name: string, sessionId: string): Promise<void> {
  await store.write((transaction) =>
    startAgent(transaction, { name, directory: "/srv", yolo: false }),
  );
  await giveSession(new Agents(store, flatTree), name, sessionId);
}
