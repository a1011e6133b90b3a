import {
  addTask,
  dropTasks,
  endTask,
  moveTasks,
  pruneTasks,
  recordTaskMessage,
  takeTasks,
} from "../../src/bot/tasks.ts";
import { type Conversation, conversation } from "../../src/chat/conversation.ts";
import type { Store } from "../../src/store/store.ts";

/** What becomes of two tasks of one lane. */
export async function tasksDone(store: Store): Promise<unknown[]> {
  const place = conversation(1000);
  const task = { lane: "agent site", command: "fork", conversation: place, operator: undefined };
  const seen: unknown[] = [];
  await store.write(async (transaction) => {
    for (const input of [{ n: 1 }, { n: 2 }]) await addTask(transaction, { ...task, input });
  });
  for (const busy of [[], [], ["agent site"]]) {
    const taken = await takeTasks(store, new Set(busy));
    seen.push(taken.map(({ input, wasBegun, outboxId }) => ({ input, wasBegun, outboxId })));
    for (const { id } of taken) {
      await store.write(async (transaction) => {
        await recordTaskMessage(transaction, id, 7);
        if (seen.length > 1) await endTask(transaction, id);
      });
    }
  }
  await store.write(async (transaction) => {
    await addTask(transaction, { ...task, input: {} });
    await moveTasks(transaction, "1000", "-7");
    const isMoved = ({ key }: Conversation) => key === "-7";
    seen.push(await dropTasks(transaction, (one) => isMoved(one.conversation)));
  });
  seen.push(await store.write((transaction) => pruneTasks(transaction, Date.now() + 1, 9)));
  return seen;
}
