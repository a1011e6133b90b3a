import { setTimeout as pause } from "node:timers/promises";
import type { Processes } from "./processes.ts";
import { SetupError } from "./prompts.ts";

/** The tmux session, on the person's own tmux server, that Switchboard runs in. */
export const bridge = "bridge";

const stopWithinMs = 20_000;
const lookEveryMs = 200;
const shownLines = 12;

/**
 * Starts Switchboard in a tmux session of its own, with the program that fetches updates beside it if
 * there is no webhook. One that runs there already is stopped first, so that it reads its new settings.
 * @throws SetupError when tmux is missing, or what runs there does not stop.
 */
export async function startInTmux(
  processes: Processes,
  folder: string,
  isPull: boolean,
): Promise<void> {
  await stopInTmux(processes);
  const windows = [["switchboard", "npm start"], ...(isPull ? [["pull", "npm run pull"]] : [])];
  for (const [index, [name = "", command = ""]] of windows.entries()) {
    const where =
      index === 0 ? ["new-session", "-d", "-s", bridge] : ["new-window", "-d", "-t", `=${bridge}:`];
    const started = [...where, "-n", name, "-c", folder, command];
    // What it said before it ended can then be read.
    const kept = ["set-option", "-w", "-t", `=${bridge}:${name}`, "remain-on-exit", "on"];
    const { code, output } = await processes.run("tmux", [...started, ";", ...kept]);
    if (code === undefined)
      throw new SetupError("tmux is not installed; install it and run setup again.");
    if (code !== 0) throw new SetupError(`tmux could not start Switchboard: ${output.trim()}.`);
  }
}

/** Whether what was started there still runs, and else the last it said. */
export async function tmuxFault({ run }: Processes): Promise<string | undefined> {
  if ((await deadPanes({ run })).every((isDead) => !isDead)) return undefined;
  const { output } = await run("tmux", ["capture-pane", "-pJ", "-t", `=${bridge}:switchboard`]);
  const lines = output.split("\n").filter((line) => line.trim() !== "" && !isTmuxOwn(line));
  return lines.slice(-shownLines).join("\n") || "it ended";
}

const isTmuxOwn = (line: string) => line.startsWith("Pane is dead");

async function stopInTmux({ run }: Pick<Processes, "run">): Promise<void> {
  const { code } = await run("tmux", ["has-session", "-t", `=${bridge}`]);
  if (code !== 0) return;
  const { output } = await run("tmux", [
    "list-panes",
    "-s",
    "-t",
    `=${bridge}`,
    "-F",
    "#{pane_id}",
  ]);
  for (const pane of output.split("\n").filter(Boolean)) {
    await run("tmux", ["send-keys", "-t", pane, "C-c"]);
  }
  for (const end = Date.now() + stopWithinMs; Date.now() < end; await pause(lookEveryMs)) {
    if ((await deadPanes({ run })).every(Boolean)) {
      await run("tmux", ["kill-session", "-t", `=${bridge}`]);
      return;
    }
  }
  throw new SetupError(
    `The program in the tmux session “${bridge}” does not stop; end it there (tmux attach -t ${bridge}) and run setup again.`,
  );
}

/** For each pane of the session whether its program has ended; none when the session is gone. */
async function deadPanes({ run }: Pick<Processes, "run">): Promise<boolean[]> {
  const { code, output } = await run("tmux", [
    "list-panes",
    "-s",
    "-t",
    `=${bridge}`,
    "-F",
    "#{pane_dead}",
  ]);
  return code === 0
    ? output
        .split("\n")
        .filter(Boolean)
        .map((line) => line === "1")
    : [];
}
