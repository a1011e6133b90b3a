import { execFile } from "node:child_process";
import { texts } from "../texts/texts.ts";

/**
 * The oldest opencode with which the tests of the main job pass. 1.17.0 to 1.18.14 leave prompts that wait
 * behind a failed turn unanswered.
 */
export const oldestOpencode = "1.18.15";
/** The opencode that the tests run with. */
export const testedOpencode = "1.18.33";

/** A program that Switchboard or its agents run. */
export interface ToolVersion {
  name: "tmux" | "opencode" | "curl";
  /** Whether there is such a program. */
  found: boolean;
  /** Such as `1.18.33` or `3.3a`; undefined when it does not say. */
  version?: string;
  /** Why it cannot be used and what to do about it, in one line; undefined when it can. */
  problem?: string;
}

/** What looking for the programs needs. */
export interface ToolsOptions {
  /** `OPENCODE_BIN`: a path, or a name that is looked for on the `PATH`. */
  bin: string;
  /** The environment that the programs are started with. */
  env: Record<string, string | undefined>;
  /** Where a relative path begins; the current folder unless told. */
  cwd?: string;
}

/** How each program is asked for its version, and how its answer begins. */
const tools = {
  tmux: { args: ["-V"], said: /^tmux (?:next-)?(\S+)/ },
  opencode: { args: ["--version"], said: /^v?(\d+\.\d+\.\d+\S*)/ },
  curl: { args: ["--version"], said: /^curl (\S+)/ },
} as const;

// opencode takes 0.7 s of one core.
const timeoutMs = 15_000;

/**
 * Asks tmux, opencode and curl for their versions, all at once, and tells what is wrong with each. Never
 * throws. Takes about a second, which opencode needs to print its version; `only` leaves others out.
 */
export function toolVersions(
  options: ToolsOptions,
  only: readonly ToolVersion["name"][] = ["tmux", "opencode", "curl"],
): Promise<ToolVersion[]> {
  return Promise.all(only.map((name) => toolVersion(name, options)));
}

async function toolVersion(name: ToolVersion["name"], options: ToolsOptions): Promise<ToolVersion> {
  const { args, said } = tools[name];
  const { code, output } = await run(name === "opencode" ? options.bin : name, args, options);
  if (code === "ENOENT" || code === "EACCES" || code === "ENOTDIR") {
    return { name, found: false, problem: missing[name] };
  }
  if (code !== undefined) {
    const problem = `${name} does not run: \`${name} ${args[0]}\` ends with ${code}; install it again.`;
    return { name, found: true, problem };
  }
  const version = said.exec(output)?.[1];
  if (version === undefined) return { name, found: true };
  const problem = name === "opencode" ? tooOld(version) : undefined;
  return { name, found: true, version, ...(problem !== undefined && { problem }) };
}

/** One line for each program that is not there. */
export const missing = {
  tmux: "tmux is not installed: install it; no restart is needed.",
  opencode:
    "OPENCODE_BIN cannot be run: install opencode (npm ci does), or correct OPENCODE_BIN and restart.",
  curl: "curl is not installed, so agents cannot reply: install it; no restart is needed.",
} as const;

/** One line about an opencode that is older than the oldest that works; undefined for any other. */
export function tooOld(version: string): string | undefined {
  if (!isOlder(version, oldestOpencode)) return undefined;
  return texts.host.tooOld({ version, oldest: oldestOpencode });
}

/** Whether a version of opencode comes before another; false where either is not a version. */
export function isOlder(version: string, than: string): boolean {
  const [a, b] = [numbersOf(version), numbersOf(than)];
  if (!a || !b) return false;
  const at = a.findIndex((number, index) => number !== b[index]);
  return at >= 0 && (a[at] ?? 0) < (b[at] ?? 0);
}

function numbersOf(version: string): number[] | undefined {
  return /^v?(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number);
}

/** What a program wrote to standard output, or how it failed. Without a shell; its standard input is empty. */
function run(
  program: string,
  args: readonly string[],
  { env, cwd }: ToolsOptions,
): Promise<{ code?: string | number; output: string }> {
  return new Promise((resolve) => {
    const options = { env, timeout: timeoutMs, ...(cwd !== undefined && { cwd }) };
    const child = execFile(program, args, options, (error, output) => {
      if (!error) return resolve({ output });
      const { code, signal } = error;
      resolve({ code: code ?? signal ?? "an error", output });
    });
    child.stdin?.end();
  });
}
