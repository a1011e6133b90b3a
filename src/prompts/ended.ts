import type { Store, Transaction } from "../store/store.ts";

/** The signal that a prompt has ended; its subject is how, and the prompt's id. */
const endedSignal = "prompt ended";

/** How a prompt ends. */
export type PromptEnd = "done" | "failed" | "cancelled";

/** Calls `listener` for each prompt that has ended; returns a function that ends it. */
export function onPromptEnded(store: Store, listener: (end: PromptEnd) => void): () => void {
  return store.on(endedSignal, (subject = "") => listener(subject.split(" ")[0] as PromptEnd));
}

/** Announces that a prompt has ended, each one: announcements of one subject in one commit become one. */
export function notifyEnded(transaction: Transaction, id: number, end: PromptEnd): void {
  transaction.notify(endedSignal, `${end} ${id}`);
}
