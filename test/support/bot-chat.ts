import type { Test } from "tap";
import type { Update } from "grammy/types";
import { Agents, defaultAgent } from "../../src/agents/agents.ts";
import { Conversations } from "../../src/agents/conversations.ts";
import type { Lanes } from "../../src/runner/agent-loops.ts";
import type { AgentLife } from "../../src/runner/lifecycle.ts";
import { Prompts } from "../../src/prompts/prompts.ts";
import { Work } from "../../src/inbox/worker.ts";
import { Outbox } from "../../src/outbox/outbox.ts";
import { createBot } from "../../src/bot/bot.ts";
import { Confirmations } from "../../src/bot/confirmations.ts";
import { Cards } from "../../src/cards/cards.ts";
import { token } from "./app.ts";
import { memoryStore, owedTexts, rows } from "./memory.ts";
import { me, update } from "./updates.ts";

interface PromptRow {
  agent: string;
  text: string;
  operator: number;
  conversation: string;
  sent_at: number;
  state: string;
}

/** The bot on real stores; what lies behind opencode and tmux only notes what it is asked. */
export async function chat(t: Test) {
  const store = memoryStore(t);
  const agents = new Agents(store);
  const conversations = new Conversations(store, [1000, 2000, -5, -100]);
  const cards = new Cards(store, conversations);
  const woken: string[] = [];
  const life = {
    isReachable: true,
    text: "line 1\nline 2\n\n" as string | undefined,
    doing: "idle",
    start: (name: string) => agents.start(name, "/work", false),
    stop: async ({ name }: { name: string }) => ({
      dropped: await agents.stop(name),
      isTurnEnded: life.isReachable,
      isClosed: life.isReachable,
    }),
    describe: async () => life.doing,
    screen: async () => life.text,
  };
  const parts = {
    agents,
    conversations,
    prompts: new Prompts(store),
    outbox: new Outbox(store),
    cards,
    confirmations: new Confirmations(store),
    life: life as unknown as AgentLife,
    lanes: { wake: (name: string) => woken.push(name) } as unknown as Lanes,
  };
  const handle = createBot({ token, apiRoot: "http://127.0.0.1:1", botInfo: me }, parts);
  await agents.start(defaultAgent, "/work", false);
  let lastId = 0;
  /** Handles an update as the worker does and returns the texts it made the bot say. */
  const give = async (one: Update) => {
    const before = (await owedTexts(store)).length;
    const work = new Work(one.update_id, Date.now());
    await handle(one, work);
    await store.write((transaction) => work.apply(transaction));
    work.finish();
    return (await owedTexts(store)).slice(before);
  };
  const write = (text: string | undefined, fields: object = {}) => {
    lastId += 1;
    return give(update(lastId, { text, ...fields }));
  };
  const prompts = () => rows<PromptRow>(store, "SELECT * FROM prompts ORDER BY id");
  return { store, agents, conversations, cards, life, woken, give, write, prompts, handle };
}

/** The date of a message that was written so long ago. */
export const minutesAgo = (minutes: number) => ({
  date: Math.floor(Date.now() / 1000) - minutes * 60,
});
