import { rmSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { execa } from "execa";

/** Where tmux has the socket of a name. Nobody hands TMUX_TMPDIR on, so that it is tmux's own place. */
export function tmuxSocket(socketName: string): string {
  return `/tmp/tmux-${process.getuid?.() ?? 0}/${socketName}`;
}

// opencode takes a second or two to end. While its TUI draws a long text it ignores that its terminal is gone, and
// keeps a core busy for up to a minute.
const defaultWithinMs = 3000;

/**
 * Ends the tmux server of a socket name, if there is one, and the programs that run in it, and removes the socket it
 * would leave. A program that is still there after `withinMs` milliseconds is killed.
 */
export async function endTmuxServer(socketName: string, withinMs = defaultWithinMs): Promise<void> {
  const options = { env: { PATH: process.env["PATH"] ?? "" }, extendEnv: false };
  const tmux = (...words: string[]) =>
    execa("tmux", ["-L", socketName, ...words], options).then(
      ({ stdout }) => stdout,
      () => "",
    );
  const listed = await tmux("list-panes", "-a", "-F", "#{pane_pid}");
  await tmux("kill-server");
  const deadline = performance.now() + withinMs;
  let left = listed.split("\n").filter(Boolean).map(Number);
  while (left.length > 0 && performance.now() < deadline) {
    left = left.filter((pid) => signal(pid, 0));
    if (left.length > 0) await pause(20);
  }
  for (const pid of left) signal(pid, "SIGKILL");
  rmSync(tmuxSocket(socketName), { force: true });
}

/** Sends a process a signal, 0 for none; whether it was there. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}
