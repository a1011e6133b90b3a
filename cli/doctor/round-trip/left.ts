import { lstatSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { OpencodeClient, SessionInfo } from "../../../src/opencode/client.ts";
import { Tmux } from "../../../src/tmux/tmux.ts";

/** How each session and, behind the name of the agents' server, each tmux server of a round trip is named. */
export const roundTripName = /^doctor-[0-9a-f]{8}$/;

// No round trip takes as long.
const leftAfterMs = 15 * 60_000;

/** The folder of the user's tmux sockets, for programs with that environment. */
export function socketFolder({ TMUX_TMPDIR: folder = "/tmp" }: NodeJS.ProcessEnv): string {
  return join(folder, `tmux-${process.getuid?.() ?? 0}`);
}

/** Ends the tmux servers of doctors that were killed. `prefix` is what their names begin with. */
export async function removeLeftTerminals(
  prefix: string,
  env: Record<string, string>,
  now: number,
): Promise<void> {
  const folder = socketFolder(env);
  for (const socketName of namesIn(folder)) {
    if (!socketName.startsWith(prefix) || !roundTripName.test(socketName.slice(prefix.length)))
      continue;
    const path = join(folder, socketName);
    const { mtimeMs = now } = lstatSync(path, { throwIfNoEntry: false }) ?? {};
    if (now - mtimeMs < leftAfterMs) continue;
    await new Tmux({ socketName, env }).killServer().catch(() => undefined);
    rmSync(path, { force: true });
  }
}

/** The sessions of doctors that were killed. One that may do more than theirs is somebody's own. */
export async function leftSessions(
  client: Pick<OpencodeClient, "titled">,
  permission: SessionInfo["permission"],
  now: number,
): Promise<SessionInfo[]> {
  const sessions = await client.titled("doctor-", 20);
  return sessions.filter(
    (session) =>
      roundTripName.test(session.title ?? "") &&
      JSON.stringify(session.permission) === JSON.stringify(permission) &&
      now - (session.time?.updated ?? now) > leftAfterMs,
  );
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
