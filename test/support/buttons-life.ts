import { sendView } from "../../src/bot/view.ts";
import { consumeButtons, recordPress } from "../../src/buttons/buttons.ts";
import { findPressed } from "../../src/buttons/find-pressed.ts";
import { conversation } from "../../src/chat/conversation.ts";
import type { Store } from "../../src/store/store.ts";
import { rows } from "./memory.ts";

/** What the button of a question answers, pressed by whom and where. */
export async function questionPressed(store: Store): Promise<unknown[]> {
  const answers: unknown[] = [];
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
  }
  return answers;
}
