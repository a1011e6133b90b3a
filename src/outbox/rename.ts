import type { Transaction } from "../store/store.ts";

/** Counts the replies of an agent to the one it is now called, so that its stop still drops them. */
export async function renameReplies(
  transaction: Transaction,
  name: string,
  newName: string,
): Promise<void> {
  await transaction.run("UPDATE outbox SET agent = ? WHERE agent = ?", newName, name);
}
