import type { OpencodeEvent } from "../../src/opencode/events.ts";
import { fold, newProgress } from "../../src/turns/live/turn-progress.ts";
import type { SessionMessage } from "../../src/opencode/client.ts";

/** The progress of a turn in session ses_1 after these events, and what each changed. */
export function progressAfter(events: readonly OpencodeEvent[]) {
  const progress = newProgress("ses_1", 0);
  return { progress, changes: events.map((one) => fold(progress, one)) };
}

/** An event of opencode; `properties` without what is not read of them. */
export const event = (type: string, properties: object) => ({ type, properties }) as OpencodeEvent;

const created = 1000;
const path = { cwd: "/srv", root: "/srv" };
const model = { providerID: "stub", modelID: "fast" };
/** What an answer cost that cost nothing. */
export const noTokens = { input: 0, output: 0, reasoning: 0, cache: { read: 0, write: 0 } };

/** The agent begins a message. */
export const messageBegins = (id: string, sessionID = "ses_1") => {
  const info = { id, sessionID, role: "assistant", ...model, path, time: { created } };
  return event("message.updated", { sessionID, info });
};

/** A part is stored: when it begins, and again when it ends. */
export const partStored = (part: object, sessionID = "ses_1") =>
  event("message.part.updated", {
    sessionID,
    part: { sessionID, messageID: "msg_a", id: "prt_1", ...part },
  });

/** A text of the agent begins to grow. */
export const textBegins = (id: string, messageID = "msg_a") =>
  partStored({ id, messageID, type: "text", text: "", time: { start: created } });

/** A part grows. */
export const delta = (partID: string, words: string, sessionID = "ses_1") =>
  event("message.part.delta", {
    sessionID,
    messageID: "msg_a",
    partID,
    field: "text",
    delta: words,
  });

/** A tool call as it is stored. */
export const toolStored = (
  tool: string,
  status: "pending" | "running" | "completed" | "error",
  input: object = {},
  { id = `prt_${tool}`, sessionID = "ses_1" } = {},
) => {
  const time = { start: created, ...(status !== "running" && { end: created + 1 }) };
  const state = { status, input, output: "", error: "", ...(status !== "pending" && { time }) };
  return partStored({ id, type: "tool", tool, state }, sessionID);
};

/** A step ends, with what it cost. */
export const stepEnds = (input: number) =>
  partStored({ id: "prt_end", type: "step-finish", cost: 0, tokens: { ...noTokens, input } });

/** What a session does. */
export const status = (is: object, sessionID = "ses_1") =>
  event("session.status", { sessionID, status: is });

/** A subagent is given its session. */
export const subagentBegins = (id: string, agent: string, parentID = "ses_1") =>
  event("session.created", { sessionID: id, info: { id, parentID, agent, title: "t" } });

/** A message of the agent as it is listed at the end. */
export const answered = (id: string, parentID: string, fields: object = {}, parts: object[] = []) =>
  ({
    info: {
      id,
      parentID,
      sessionID: "ses_1",
      role: "assistant",
      ...model,
      path,
      finish: "stop",
      cost: 0.25,
      tokens: { ...noTokens, input: 1200, output: 34 },
      time: { created, completed: created + 72_000 },
      ...fields,
    },
    parts: [{ id: "prt_text", type: "text", text: "Done." }, ...parts],
  }) as unknown as SessionMessage;
