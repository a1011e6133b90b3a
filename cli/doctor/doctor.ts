import { parseArgs } from "node:util";
import { checks, roundTrip } from "./checks.ts";
import { contextOf } from "./context.ts";
import { failures, jsonOf, lineOf, summary } from "./print.ts";
import { runChecks } from "./run.ts";

/** The doctor's exit code for arguments that it does not know; more than there are checks. */
export const usageError = 64;

const usage = `Checks this machine and says what is wrong, one line each: npm run doctor -- [options]

  --no-round-trip  do not ask the model, which costs tokens
  --json           print one JSON document
  --help           print this

✓ is fine, ✗ is wrong and says what to do, – could not be checked. The exit code is the number of ✗.
What each line means: docs/doctor.md
`;

const cost =
  "At the end it asks the model twice for one word, which costs a few thousand tokens;\n" +
  "npm run doctor -- --no-round-trip skips that.\n\n";

/** What the doctor is run with. */
export interface DoctorOptions {
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  write: (text: string) => void;
  /** Ends it early; what was made is removed. */
  signal: AbortSignal;
}

/** Runs the doctor. Resolves to its exit code: the number of checks that failed. */
export async function doctor({ args, env, write, signal }: DoctorOptions): Promise<number> {
  const options = optionsOf(args);
  if (!options || options.help === true) {
    write(usage);
    return options ? 0 : usageError;
  }
  const isJson = options.json === true;
  const isAsking = options["no-round-trip"] !== true;
  const all = isAsking ? [...checks, ...roundTrip] : checks;
  const width = Math.max(...all.map(({ name }) => name.length));
  if (isAsking && !isJson) write(cost);
  const show = (report: Parameters<typeof lineOf>[0]) => write(`${lineOf(report, width)}\n`);
  const reports = await runChecks(all, contextOf(env), { signal, ...(!isJson && { show }) });
  write(isJson ? `${jsonOf(reports)}\n` : `\n${summary(reports)}\n`);
  return failures(reports);
}

function optionsOf(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        json: { type: "boolean" },
        "no-round-trip": { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch {
    return undefined;
  }
}
