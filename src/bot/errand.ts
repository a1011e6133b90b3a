import type { Transaction } from "../store/store.ts";
import type { Task } from "./tasks.ts";
import type { View } from "./view.ts";

/** How it is told what became of a task. */
export interface TaskOutcome extends View {
  /** The effect says it. */
  isSaid?: boolean;
  /** The effect sends what was asked for, and what was said of its progress goes. */
  isSent?: boolean;
  /** What else changes with it, in the same transaction; a view it resolves to is told instead. */
  effect?: (transaction: Transaction) => Promise<View | void>;
}

/** The part of a command that works outside of the store. */
export interface Errand {
  /** Doing it twice does no more than doing it once. Else an interrupted one is told, not repeated. */
  isRepeatable: boolean;
  /** What is said when it takes longer than a moment; nothing when undefined. */
  progress?: string;
  /**
   * Does it; `signal` is aborted when Switchboard stops. It asks opencode all it has to know before it
   * changes something: a question that is not answered is told as if nothing was done.
   * @throws Refusal with a sentence for the chat; OpencodeUnreachable, OpencodeRefused
   */
  perform: (task: Task, signal: AbortSignal) => Promise<TaskOutcome>;
}
