import type { Transaction } from "../store/store.ts";
import { promptSignal } from "./prompts.ts";

/** Gives the prompts of an agent, those that have ended too, to the one it is now called. */
export async function renamePrompts(
  transaction: Transaction,
  name: string,
  newName: string,
): Promise<void> {
  const { changes } = await transaction.run(
    "UPDATE prompts SET agent = ? WHERE agent = ?",
    newName,
    name,
  );
  if (changes > 0) transaction.notify(promptSignal, newName);
}
