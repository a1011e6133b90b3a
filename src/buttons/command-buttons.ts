import type { Transaction } from "../store/store.ts";
import { addButton, type NewButton } from "./buttons.ts";

/** The purpose of buttons that run a command; see `CommandAction`. */
export const commandPurpose = "command";

/** The action of a button that runs a command. */
export interface CommandAction {
  /** The command's name; empty for a button that does nothing but end the question. */
  command: string;
  argument: string;
  /** The answer takes the place of the message that shows the button, as with pages. */
  edits?: boolean;
  /** The id of the agent; it does nothing once its conversation talks to another one. See `View`. */
  agent?: string;
  /** What no operator can write: names of folders and the like, which are not read again as words. */
  data?: unknown;
  /** The id of the agent that `agentMark` in the argument stands for. */
  of?: string;
}

/** What stands for the name of the agent in the argument of a button. */
export const agentMark = "{agent}";

/** Commands that end a turn: a press of their button waits for nothing. */
const urgent = new Set(["abort"]);

/** Adds a button that runs a command; see `addButton`. */
export function addCommandButton(
  transaction: Transaction,
  button: Omit<NewButton, "action" | "isUrgent" | "purpose"> & { action: CommandAction },
): Promise<string> {
  const isUrgent = urgent.has(button.action.command);
  return addButton(transaction, { ...button, purpose: commandPurpose, isUrgent });
}
