import { existsSync, statSync } from "node:fs";
import { terminalLines } from "../../src/terminal-text.ts";
import { debianCaddyfile } from "./caddy.ts";
import { helpText, readFlags } from "./flags.ts";
import { systemProcesses } from "./processes.ts";
import { Cancelled, nobody, type Prompts, SetupError, withUsualAnswers } from "./prompts.ts";
import { setUp } from "./setup.ts";

/**
 * `npm run setup`: sets up the folder it is started in, with what the checkout brings. Returns the exit
 * code: 0 when all is well, 1 after one line that says what is wrong, 130 after Ctrl-C.
 */
export async function runSetup(args: string[], checkout: string): Promise<number> {
  const stop = new AbortController();
  // Without a listener Ctrl-C would end this process in the middle of a step.
  const interrupt = () => stop.abort(new Cancelled());
  process.on("SIGINT", interrupt);
  let isWriting = false;
  try {
    const flags = readFlags(args);
    if (flags.isHelp) {
      process.stdout.write(helpText());
      return 0;
    }
    const folder = process.cwd();
    const isRoot = process.getuid?.() === 0;
    refuseForeign(folder, isRoot);
    return await setUp({
      flags,
      folder,
      checkout,
      env: process.env,
      signal: stop.signal,
      prompts: await promptsFor(flags.isYes, stop.signal),
      processes: systemProcesses({ cwd: folder, environment: process.env, signal: stop.signal }),
      caddyfile: debianCaddyfile,
      isRoot,
      hasSystemd: existsSync("/run/systemd/system"),
      begin: () => {
        isWriting = true;
      },
    });
  } catch (error) {
    if (error instanceof Cancelled) {
      process.stderr.write(isWriting ? stoppedMidway : "Nothing was changed.\n");
      return 130;
    }
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`${terminalLines(error.message)}\n`);
    return 1;
  } finally {
    process.off("SIGINT", interrupt);
    // What still runs, such as the list of models, would keep this process.
    stop.abort();
  }
}

const stoppedMidway = "Stopped; what is listed above is done. Run setup again for the rest.\n";

/** As root in another user's folder, Switchboard and its agents would be root. @throws SetupError. */
function refuseForeign(folder: string, isRoot: boolean): void {
  const { uid } = statSync(folder);
  if (!isRoot || uid === 0) return;
  throw new SetupError(
    `This folder belongs to another user (id ${uid}): run setup as that user; it prints the commands that need root.`,
  );
}

async function promptsFor(isYes: boolean, signal: AbortSignal): Promise<Prompts> {
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  const prompts = isTerminal
    ? // Loaded here only: nothing else of Switchboard needs it.
      (await import("./clack.ts")).terminal
    : nobody((line) => process.stdout.write(`${line}\n`), signal);
  return isYes ? withUsualAnswers(prompts) : prompts;
}
