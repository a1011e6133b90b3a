import { dropButtons, keysOf } from "../../src/buttons/buttons.ts";
import { commandPurpose } from "../../src/buttons/command-buttons.ts";
import { hasAnswersWaiting } from "../../src/outbox/answers-waiting.ts";
import { dropUnsent, enqueue } from "../../src/outbox/enqueue.ts";
import { workingAgents } from "../../src/prompts/lane.ts";
import { promptOf } from "../../src/prompts/queue.ts";
import type { Store, Transaction } from "../../src/store/store.ts";
import {
  addStopButton,
  bindLiveButtons,
  replaceByEndButtons,
  shownStopButton,
} from "../../src/turns/live/live-buttons.ts";
import {
  addLiveMessage,
  dropLiveMessages,
  liveMessages,
  moveLiveMessages,
  renameLiveMessages,
  takeLiveMessage,
} from "../../src/turns/live/live-table.ts";

/** What the live message of a turn answers, from its first state to its last. */
export async function liveAnswers(store: Store): Promise<unknown[]> {
  const write = <Result>(work: (transaction: Transaction) => Promise<Result>) => store.write(work);
  const call = { lane: "7 live", method: "sendMessage", payload: { chat_id: 7, text: "x" } };
  const outboxId = await write((transaction) => enqueue(transaction, call));
  const shown = { promptId: 1, agent: "site", conversation: "7" };
  const message = { ...shown, sessionId: "ses_3", outboxId, startedAt: 5 };
  const set = { purpose: commandPurpose, subject: "live 1" };
  const answers = await write(async (transaction) => {
    await addLiveMessage(transaction, message);
    await addLiveMessage(transaction, { ...message, promptId: 2 });
    await addStopButton(transaction, shown);
    await bindLiveButtons(transaction, 1, outboxId);
    await renameLiveMessages(transaction, "site", "web");
    await moveLiveMessages(transaction, "7", "8");
    await dropLiveMessages(transaction, ({ promptId }) => promptId === 2);
    const stop = await shownStopButton(transaction, 1);
    const end = await replaceByEndButtons(transaction, shown, { hasDiff: true, hasTodos: true });
    const kept = (await keysOf(transaction, set)).length;
    await dropButtons(transaction, set);
    return [
      await workingAgents(transaction),
      (await promptOf(transaction, 1))?.agent,
      await promptOf(transaction, 12_345),
      (await liveMessages(transaction)).map((one) => ({ ...one, outboxId: 0 })),
      [stop?.inline_keyboard.length, end?.inline_keyboard[0]?.map(({ text }) => text), kept],
      (await takeLiveMessage(transaction, 1))?.startedAt,
      await takeLiveMessage(transaction, 1),
    ];
  });
  return [
    ...answers,
    await store.read((transaction) => hasAnswersWaiting(transaction, 7)),
    await write((transaction) => dropUnsent(transaction, outboxId)),
    await write((transaction) => dropUnsent(transaction, outboxId)),
  ];
}
