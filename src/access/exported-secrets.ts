import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";

const names = [
  "TELEGRAM_BOT_TOKEN",
  "TELEGRAM_WEBHOOK_SECRET",
  "REPLY_TOKEN",
  "OPENCODE_SERVER_PASSWORD",
  "STT_API_KEY",
  "TTS_API_KEY",
];
/** How many bytes of secrets standard input holds, in a process that was started for them. */
const mark = "SWITCHBOARD_HANDED_OVER";

const perl = "/usr/bin/perl";
const launcher = join(import.meta.dirname, "../../deploy/notify.pl");

/** The settings of the process, and whether its environment still shows secrets to the same user. */
export interface TakenEnvironment {
  env: NodeJS.ProcessEnv;
  isExposed: boolean;
}

/**
 * Takes the secrets out of the environment of this process and returns the settings with them. What was
 * exported stays readable in `/proc/PID/environ` when it is deleted, so this process is then replaced,
 * once, by itself without them: same id, same arguments, and the secrets in a file without a name as
 * standard input. Call it before anything else runs. A `.env` that Node reads is not in `/proc`, and
 * nothing is replaced. Where the platform cannot do it, the secrets stay, and `isExposed` tells.
 */
export async function takeSecrets(): Promise<TakenEnvironment> {
  const env = { ...process.env, ...handedOver() };
  const isExposed = process.env[mark] === undefined && isExported();
  for (const name of [...names, mark]) delete process.env[name];
  delete env[mark];
  if (isExposed) await replaceProcess(env);
  return { env, isExposed };
}

function isExported(): boolean {
  const held = names.filter((name) => process.env[name]);
  if (held.length === 0) return false;
  try {
    const exported = readFileSync("/proc/self/environ", "latin1").split("\0");
    return held.some((name) => exported.some((entry) => entry.startsWith(`${name}=`)));
  } catch {
    // Without /proc nobody can tell a .env from what was exported.
    return true;
  }
}

/** Does not return where it succeeds. */
async function replaceProcess(env: NodeJS.ProcessEnv): Promise<void> {
  // With a channel to its parent, as under `node --watch`, a process cannot be replaced.
  if (!process.execve || process.send || process.platform === "win32") return;
  const secrets = Object.fromEntries(
    names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])),
  );
  const bytes = Buffer.from(JSON.stringify(secrets));
  await signalsHandled();
  try {
    standardInput(bytes);
    const rest: Record<string, string> = { [mark]: String(bytes.length) };
    for (const [name, value] of Object.entries(process.env))
      if (value !== undefined) rest[name] = value;
    const args = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
    // The socket that the launcher opened for systemd is closed too, so it has to open another.
    const launched = rest["SWITCHBOARD_NOTIFY_FD"] === undefined ? args : [perl, launcher, ...args];
    process.execve(launched[0] ?? "", launched, rest);
  } catch {
    // It goes on with its environment as it is.
  }
}

/**
 * A signal that something loaded before us listens to waits for the event loop, and would be lost with
 * this process: Switchboard would go on after a SIGTERM. Those that came are handled first; from then on
 * a signal ends the process at once.
 */
async function signalsHandled(): Promise<void> {
  await setImmediate();
  for (const signal of ["SIGTERM", "SIGINT"]) process.removeAllListeners(signal);
}

/** Only the three standard descriptors survive the replacement, and nothing is read from this one. */
function standardInput(bytes: Buffer): void {
  const folder = mkdtempSync(join(tmpdir(), "switchboard-"));
  try {
    closeSync(0);
    // The lowest free number, which is 0.
    const file = openSync(join(folder, "secrets"), "wx+", 0o600);
    if (file !== 0) throw new Error("standard input could not be replaced");
    // First of all: a process that is killed here must leave no secrets on the disk.
    rmSync(folder, { recursive: true });
    writeSync(file, bytes);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function handedOver(): NodeJS.ProcessEnv {
  const length = Number(process.env[mark]);
  if (!(length > 0)) return {};
  const bytes = Buffer.alloc(length);
  const read = readSync(0, bytes, 0, length, 0);
  closeSync(0);
  openSync("/dev/null", "r");
  return JSON.parse(bytes.toString("utf8", 0, read)) as NodeJS.ProcessEnv;
}
