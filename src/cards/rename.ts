import type { Transaction } from "../store/store.ts";

/** Gives the cards of an agent to the one it is now called; what they say stays. */
export async function renameCards(
  transaction: Transaction,
  name: string,
  newName: string,
): Promise<void> {
  await transaction.run("UPDATE cards SET agent = ? WHERE agent = ?", newName, name);
}
