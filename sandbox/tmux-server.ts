import { rmSync } from "node:fs";
import { execa } from "execa";

/** Ends the tmux server of a socket name, if there is one, and removes the socket it would leave. */
export async function endTmuxServer(socketName: string): Promise<void> {
  const options = { env: { PATH: process.env["PATH"] ?? "" }, extendEnv: false };
  await execa("tmux", ["-L", socketName, "kill-server"], options).catch(() => undefined);
  // Nobody hands TMUX_TMPDIR on, so that the socket is at tmux's own place.
  rmSync(`/tmp/tmux-${process.getuid?.() ?? 0}/${socketName}`, { force: true });
}
