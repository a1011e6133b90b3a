import type { Transaction } from "../store/store.ts";
import { moveLaneAborts, resetLane } from "./lane.ts";
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

/** Gives the prompts of a conversation its new key. */
export async function movePrompts(
  transaction: Transaction,
  from: string,
  to: string,
): Promise<void> {
  // Their messages have other numbers there, so that no answer quotes one and no edit is about one.
  await transaction.run(
    "UPDATE prompts SET conversation = ?, spoken = 1 WHERE conversation = ?",
    to,
    from,
  );
  await transaction.run("DELETE FROM prompt_messages WHERE conversation = ?", from);
  await moveLaneAborts(transaction, from, to);
}
