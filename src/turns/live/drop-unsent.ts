import { dropUnsent } from "../../outbox/enqueue.ts";
import type { Transaction } from "../../store/store.ts";
import { replaceByEndButtons } from "./live-buttons.ts";
import { addLiveMessage, takeLiveMessage } from "./live-table.ts";

/**
 * Drops the live message of a turn that ends, if it was not sent yet: in the transaction that adds the answer,
 * so that it never comes behind that. One that was sent, or may have been, keeps its end to show.
 */
export async function dropUnsentLive(transaction: Transaction, promptId: number): Promise<void> {
  const message = await takeLiveMessage(transaction, promptId);
  if (!message) return;
  if (!(await dropUnsent(transaction, message.outboxId))) {
    return addLiveMessage(transaction, message);
  }
  await replaceByEndButtons(transaction, message, { hasDiff: false, hasTodos: false });
}
