import { join } from "node:path";
import type { Test } from "tap";
import { useConversation } from "../../src/agents/conversations.ts";
import { Cards } from "../../src/cards/cards.ts";
import { pressCard } from "../../src/cards/presses.ts";
import { conversation } from "../../src/chat/conversation.ts";
import { KeptFiles } from "../../src/outbox/kept-files.ts";
import { Destinations } from "../../src/prompts/destination.ts";
import { addPrompt, Prompts } from "../../src/prompts/prompts.ts";
import { tempDir } from "./app.ts";
import { FakeOpencode } from "./fake-opencode.ts";
import { memoryStore, outboxRows, rows } from "./memory.ts";
import { newPrompt } from "./prompts.ts";
import { startWith, unknownCalls } from "./session.ts";

/** Cards of agent `site` in topic 5 of a group, asked for by operator 1000's running prompt. */
export async function stage(t: Test, { running = true } = {}) {
  const store = await memoryStore(t);
  const opencode = new FakeOpencode();
  const cards = new Cards({
    store,
    destinations: new Destinations([1000, -100]),
    callPrompts: unknownCalls,
    client: opencode,
    files: new KeptFiles(join(tempDir(t), "outgoing")),
  });
  const topic = conversation(-100, 5);
  await startWith(store, "site", "ses_1");
  await store.write(async (transaction) => {
    await useConversation(transaction, topic, "site");
    if (running) await addPrompt(transaction, newPrompt(1, { conversation: topic.key }));
  });
  const prompts = new Prompts(store);
  const prompt = await prompts.head("site");
  if (prompt) await prompts.attempt(prompt, { path: "api", sessionId: "ses_1" });

  /** The buttons the card shows now, label to key. */
  const buttons = async () => {
    const last = (await outboxRows(store)).findLast(({ payload }) => payload["reply_markup"]);
    const markup = last?.payload["reply_markup"] as {
      inline_keyboard: { text: string; callback_data: string }[][];
    };
    return new Map(markup.inline_keyboard.flat().map((one) => [one.text, one.callback_data]));
  };
  let queries = 0;
  const pressKey = async (key: string, operator = 1000, place: object = {}) => {
    queries += 1;
    // Where the newest card is, unless it is pressed elsewhere.
    const [newest] = await rows<{ conversation: string }>(
      store,
      "SELECT conversation FROM cards ORDER BY number DESC LIMIT 1",
    );
    const shownIn = newest?.conversation ?? topic.key;
    const here = { conversation: shownIn, messageId: undefined, ...place };
    const press = { queryId: `q${queries}`, key, operator, ...here };
    await store.write((transaction) => pressCard(transaction, press));
    return (await outboxRows(store)).at(-1)?.payload["text"];
  };
  const press = async (label: string, operator?: number, place?: object) => {
    const key = (await buttons()).get(label);
    if (key === undefined) throw new Error(`no button ${label}`);
    return pressKey(key, operator, place);
  };
  const shown = async () => {
    const calls = await outboxRows(store);
    return calls.filter(({ method }) => method === "sendMessage" || method === "editMessageText");
  };
  return { store, cards, opencode, buttons, press, pressKey, shown };
}

/** What a press of a button hears that was decided or replaced before. */
export const spent = "This button no longer works.";
