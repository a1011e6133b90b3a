import type { Transaction } from "../store/store.ts";
import { resetLane } from "./lane.ts";
import { promptSignal } from "./prompts.ts";

/** Gives the prompts of an agent, those that have ended too, and what is wanted of its lane, to the one it is now called. */
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
  await resetLane(transaction, newName);
  await transaction.run("UPDATE prompt_lanes SET agent = ? WHERE agent = ?", newName, name);
  if (changes > 0) transaction.notify(promptSignal, newName);
}
