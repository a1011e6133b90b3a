/** The purpose of buttons that run a command; see `CommandAction`. */
export const commandPurpose = "command";

/** The action of a button that runs a command. */
export interface CommandAction {
  /** The command's name; empty for a button that does nothing but end the question. */
  command: string;
  argument: string;
  /** The answer takes the place of the message that shows the button, as with pages. */
  edits?: boolean;
  /** It does nothing once its conversation talks to another agent; see `View` in the module `bot`. */
  agent?: string;
}
