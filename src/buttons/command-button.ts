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
  /** The id of the agent that `{agent}` in the argument stands for. */
  of?: string;
}
