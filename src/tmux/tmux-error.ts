/**
 * Why a tmux command failed. `not-installed`: there is no tmux program. `no-server`, `no-session`,
 * `gone`: the server, the session or the pane does not exist; a pane whose program has ended is
 * gone too. `in-mode`: the pane is in copy mode and would not take a paste as a paste.
 * `timeout`: no answer in time, so what was asked may or may not have been done.
 */
export type TmuxReason =
  | "not-installed"
  | "no-server"
  | "no-session"
  | "gone"
  | "in-mode"
  | "timeout"
  | "failed";

/** A tmux command that was not carried out, or of which that is not known (`timeout`). */
export class TmuxError extends Error {
  override readonly name = "TmuxError";
  readonly reason: TmuxReason;

  constructor(reason: TmuxReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** The reason behind what tmux 3.3a wrote to standard error. */
export function reasonOf(stderr: string): TmuxReason {
  if (/^(no server running|error connecting|server exited|lost server)/m.test(stderr))
    return "no-server";
  if (/can't find (session|window)/.test(stderr)) return "no-session";
  if (/can't find pane|pane has exited/.test(stderr)) return "gone";
  return "failed";
}
