import { sendView } from "../../src/bot/view.ts";
import { consumeButtons, keysOf, recordPress } from "../../src/buttons/buttons.ts";
import { findPressed } from "../../src/buttons/find-pressed.ts";
import { agentsThatAsk } from "../../src/cards/card-table.ts";
import { Cards } from "../../src/cards/cards.ts";
import { decideCard } from "../../src/cards/decide.ts";
import { pressCard } from "../../src/cards/presses.ts";
import { conversation } from "../../src/chat/conversation.ts";
import { Destinations } from "../../src/prompts/destination.ts";
import { keyboardOf, sendPicture } from "../../src/screen/picture-message.ts";
import type { Store } from "../../src/store/store.ts";
import { FakeOpencode } from "./fake-opencode.ts";
import { outboxRows, rows } from "./memory.ts";
import { allowedChats, callPromptsOf } from "./outbox-life.ts";

/** Documents of cards, in no folder. */
const nowhere = {
  place: async (name: string) => ({ path: "/dev/null", name, bytes: 0 }),
  flush: async () => undefined,
  drop: async () => undefined,
};

/** What cards and questions about commands answer, pressed and pressed again. */
export async function buttonsAnswer(store: Store): Promise<unknown[]> {
  const destinations = new Destinations(allowedChats);
  const callPrompts = callPromptsOf(store);
  const client = new FakeOpencode();
  const cards = new Cards({ store, destinations, callPrompts, client, files: nowhere });
  const questions = [
    { question: "Which?", header: "h", options: [{ label: "A", description: "" }], multiple: true },
    {
      question: "And? ".repeat(3000),
      header: "h",
      options: [{ label: "B", description: "" }],
    },
  ];
  const request = { id: "que_1", sessionID: "ses_3", questions };
  const permission = { permission: "bash", patterns: ["ls"], always: [], metadata: {} };
  await cards.sync({ name: "site", sessionId: "ses_3" }, [
    { kind: "question", id: "que_1", request },
    {
      kind: "permission",
      id: "per_1",
      request: { id: "per_1", sessionID: "ses_3", ...permission },
    },
  ]);
  const press = async (requestId: string, action: string) => {
    const found = await rows<{ key: string }>(
      store,
      `SELECT key FROM buttons WHERE subject = '${requestId}' AND action LIKE '%${action}%'`,
    );
    const key = found[0]?.key ?? "unknown";
    const place = { conversation: "-100:5", messageId: undefined };
    const one = { queryId: "q", key, operator: 1000, ...place };
    await store.write((transaction) => pressCard(transaction, one));
    return (await outboxRows(store)).at(-1)?.payload["text"];
  };
  const answers: unknown[] = [
    await press("que_1", "toggle"),
    await press("que_1", "submit"),
    await press("que_1", "choose"),
    await press("que_1", "choose"),
    await cards.answered("site"),
    await cards.hasOpen("site"),
  ];
  const [{ number } = { number: 0 }] = await rows<{ number: number }>(
    store,
    "SELECT number FROM cards WHERE request_id = 'per_1'",
  );
  const written = { words: "maybe", operator: 1000, conversation: "-100:5" };
  for (const one of [number, number + 9]) {
    answers.push(
      await store.write((transaction) => decideCard(transaction, { ...written, number: one })),
    );
  }
  answers.push([...(await store.read(agentsThatAsk))]);
  await cards.closeUnanswered("per_1", "reject");
  await cards.closeWithOthers("per_1", "reject", []);
  await cards.close("que_1", "Answered.");
  await cards.sync({ name: "site", sessionId: "ses_3" }, []);
  answers.push(await cards.hasOpen("site"));

  const place = conversation(1000);
  const buttons = [[{ label: "Do it", command: "stop" }]];
  await store.write((transaction) =>
    sendView(
      transaction,
      { conversation: place, operator: 1000 },
      { text: "?", asks: true, buttons },
    ),
  );
  const [{ key } = { key: "" }] = await rows<{ key: string }>(
    store,
    "SELECT key FROM buttons WHERE action LIKE '%stop%'",
  );
  for (const [where, operator] of [
    ["1000", 1001],
    ["2000", 1000],
    ["1000:5", 1000],
    ["1000", 1000],
    ["1000", 1000],
  ] as const) {
    const one = { queryId: "q", key, conversation: where, operator, messageId: 7 };
    const found = await store.read((transaction) => findPressed(transaction, one));
    if ("refusal" in found) {
      answers.push(found.refusal);
      continue;
    }
    const { purpose, action, once } = found.button;
    answers.push([purpose, action, once]);
    for (const pressedAt of [1000, 1999, 2001, 900]) {
      answers.push(await store.write((transaction) => recordPress(transaction, key, pressedAt)));
    }
    await store.write((transaction) => consumeButtons(transaction, found.button, operator));
    const keys = await store.read((transaction) => keysOf(transaction, found.button));
    answers.push(keys.length);
  }
  answers.push(await picturesAnswer(store));
  return answers;
}

/** Which of two pictures of a terminal has keys. */
async function picturesAnswer(store: Store): Promise<unknown> {
  const place = conversation(1000);
  const about = {
    operator: undefined,
    agent: { id: "a1", name: "site" },
    run: "%1 7",
    hasKeys: true,
  };
  const file = { path: "/dev/null", name: "site.png" };
  for (const _ of [1, 2]) {
    await store.write((transaction) =>
      sendPicture(transaction, { ...about, conversation: place, file }),
    );
  }
  const sent = (await outboxRows(store)).filter(({ method }) => method === "sendPhoto");
  return store.read(async (transaction) => {
    const shown = [];
    for (const { id } of sent) {
      const keyboard = await keyboardOf(transaction, { subject: "screen 1000", outboxId: id });
      shown.push(keyboard?.map((row) => row.map(({ text }) => text)));
    }
    return shown;
  });
}
