import type { Test } from "tap";
import { Activity } from "../../src/opencode/activity.ts";
import { AgentPass } from "../../src/runner/reconciler.ts";
import { Agents } from "../../src/agents/agents.ts";
import { ApiPath } from "../../src/delivery/api-path.ts";
import { Conversations } from "../../src/agents/conversations.ts";
import { Delivery } from "../../src/delivery/delivery.ts";
import { Outage } from "../../src/runner/outage.ts";
import type { Path, Prompt } from "../../src/prompts/prompt.ts";
import { addPrompt, Prompts } from "../../src/prompts/prompts.ts";
import type { SessionState } from "../../src/opencode/session-reader.ts";
import type { Terminals } from "../../src/host/terminals.ts";
import type { TmuxPath } from "../../src/delivery/tmux-path.ts";
import type { OpencodeClient, SessionMessage } from "../../src/opencode/client.ts";
import { Cards } from "../../src/cards/cards.ts";
import { TurnEnds } from "../../src/turns/turn-ends.ts";
import { keptLog } from "./app.ts";
import { memoryStore, owedTexts, rows } from "./memory.ts";
import { prompted } from "./session.ts";

/** The lane of agent `site` on real stores, before an opencode and a terminal that do as told. */
export async function lane(t: Test, first: Path = "api") {
  const store = memoryStore(t);
  const agents = new Agents(store);
  const prompts = new Prompts(store);
  const conversations = new Conversations(store, [1000]);
  const cards = new Cards(store, conversations);
  const activity = new Activity();
  const { log } = keptLog();
  const now: SessionState = { busy: false, retrying: false, decisions: [] };
  const messages: SessionMessage[] = [];
  const did: string[] = [];
  // What the sender would find when it was woken last.
  const seen = { words: Promise.resolve<unknown[]>([]) };
  let sessions = 0;
  const opencode = {
    createSession: async () => ({ id: `ses_${(sessions += 1)}` }),
    session: async (id: string) => ({ id }),
    statuses: async () => ({}),
    messages: async (_: string, limit: number) => messages.slice(-limit),
    message: async (_: string, id: string) => messages.find(({ info }) => info.id === id),
    prompt: async (
      _: string,
      __: string,
      { messageId, text }: { messageId: string; text: string },
    ) => {
      did.push(`posted ${text}`);
      if (!messages.some(({ info }) => info.id === messageId))
        messages.push(prompted(messageId, text));
    },
    abort: async () => void did.push("aborted"),
    answerPermission: async (id: string, _: string, reply: string) =>
      void did.push(`${id} ${reply}`),
  };
  const client = opencode as unknown as OpencodeClient;
  const terminal = {
    guard: async (): Promise<string | undefined> => "%1",
    type: async (_: unknown, { text }: Prompt): Promise<string | undefined> => {
      did.push(`typed ${text}`);
      messages.push(prompted("msg_typed", text));
      return "msg_typed";
    },
    recover: async (): Promise<string | undefined> => void did.push("withdrawn"),
  };
  const state = async () => now;
  const outage = new Outage(store, 0);
  const apiPath = new ApiPath({
    client,
    activity,
    model: undefined,
    variant: undefined,
    storedWithinMs: 30,
  });
  const tmuxPath = terminal as unknown as TmuxPath;
  const delivery = new Delivery({ prompts, client, tmuxPath, apiPath, first, log });
  const turnEnds = new TurnEnds({
    store,
    client,
    activity,
    apiPath,
    state,
    mode: "auto",
    log,
    startWithinMs: 10,
  });
  const pass = new AgentPass({
    agents,
    prompts,
    cards,
    delivery,
    turnEnds,
    terminals: { end: async () => undefined, ensure: async () => true } as unknown as Terminals,
    client,
    state,
    owed: () => void (seen.words = owedTexts(store)),
    outage,
    model: undefined,
    variant: undefined,
    log,
  });
  await agents.start("site", "/work", false);
  let updates = 0;
  const write = async (text: string) => {
    updates += 1;
    const prompt = { updateId: updates, agent: "site", conversation: "1000", operator: 1000 };
    await store.write((transaction) =>
      addPrompt(transaction, { ...prompt, chatMessageId: updates, text, sentAt: 0 }),
    );
  };
  const run = () => pass.run("site");
  const states = async () =>
    (await rows<{ state: string }>(store, "SELECT state FROM prompts ORDER BY id")).map(
      (row) => row.state,
    );
  return {
    store,
    agents,
    prompts,
    cards,
    outage,
    now,
    messages,
    did,
    seen,
    opencode,
    terminal,
    write,
    run,
    states,
  };
}
