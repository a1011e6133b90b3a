import { rmSync } from "node:fs";
import { execa } from "execa";

/** Where tmux has the socket of a name. Nobody hands TMUX_TMPDIR on, so that it is tmux's own place. */
export function tmuxSocket(socketName: string): string {
  return `/tmp/tmux-${process.getuid?.() ?? 0}/${socketName}`;
}

/** Ends the tmux server of a socket name, if there is one, and removes the socket it would leave. */
export async function endTmuxServer(socketName: string): Promise<void> {
  const options = { env: { PATH: process.env["PATH"] ?? "" }, extendEnv: false };
  await execa("tmux", ["-L", socketName, "kill-server"], options).catch(() => undefined);
  rmSync(tmuxSocket(socketName), { force: true });
}
