import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { Environment } from "../../src/environment.ts";
import { terminalLine } from "../../src/terminal-text.ts";
import { backUp } from "./backup.ts";

/** Where a terminal program writes its lines. */
export interface Output {
  out: (line: string) => void;
  err: (line: string) => void;
}

const usage = `Usage: npm run backup [-- [FOLDER] [--keep NUMBER]]
Copies Switchboard's DATA_DIR, also while it runs, to a new folder below FOLDER (by default DATA_DIR/backups)
and keeps the newest NUMBER of them (by default 7). docs/operate.md says how to restore one.`;

/**
 * Makes a backup as the arguments say and resolves to the exit code: 0 when there is one, 1 when there is none,
 * 2 when the arguments are wrong. Only DATA_DIR is read of the environment, so that wrong settings are no hindrance.
 */
export async function runBackup(
  args: string[],
  env: NodeJS.ProcessEnv,
  { out, err }: Output,
): Promise<number> {
  const wanted = parsed(args);
  if (wanted === "help") return (out(usage), 0);
  if (!wanted) return (err(usage), 2);
  const dataDir = resolve(env["DATA_DIR"] || Environment.properties.DATA_DIR.default);
  const target = resolve(wanted.folder ?? join(dataDir, "backups"));
  try {
    const path = await backUp({ dataDir, target, keep: wanted.keep, now: new Date() });
    out(`Backed up to ${path}`);
    return 0;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    err(`No backup was made: ${terminalLine(message)}`);
    return 1;
  }
}

function parsed(args: string[]): { folder: string | undefined; keep: number } | "help" | undefined {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { keep: { type: "string", default: "7" }, help: { type: "boolean", short: "h" } },
    });
    if (values.help) return "help";
    const isRight = positionals.length <= 1 && /^[1-9]\d{0,5}$/.test(values.keep);
    return isRight ? { folder: positionals[0], keep: Number(values.keep) } : undefined;
  } catch {
    return undefined;
  }
}
