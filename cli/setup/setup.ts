import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readEnvFile, setInEnvFile } from "../env-file.ts";
import { type Answers, ask, readable } from "./ask.ts";
import {
  caddyCommands,
  caddyfileState,
  type CaddyValues,
  caddyValues,
  writeCaddyfile,
} from "./caddy.ts";
import type { SetupOptions } from "./options.ts";
import { writePermissions } from "./permissions.ts";
import { Cancelled, harmless, SetupError } from "./prompts.ts";
import { askHow, runSwitchboard } from "./run.ts";

/**
 * Asks, shows what it will do, and does it when that is confirmed: `.env`, opencode's settings, Caddy,
 * the start and the doctor. Returns the exit code. @throws Cancelled, SetupError.
 */
export async function setUp(given: SetupOptions): Promise<number> {
  const options = { ...given, prompts: harmless(given.prompts) };
  const { prompts, folder, signal } = options;
  const path = join(folder, ".env");
  const before = readable(path, () => readEnvFile(path));
  const answers = await ask({ ...options, before });
  const caddy = await askForCaddy(options, answers);
  const how = await askHow(options, answers);
  prompts.note(summary(answers), `To be written to ${path}`);
  const isStarted = how === "service" || how === "tmux";
  const message = isStarted ? "Write it and start Switchboard?" : "Write it?";
  if (!(await prompts.confirm({ flag: "--yes", message }))) throw new Cancelled();
  options.begin();
  written(path, () => setInEnvFile(path, answers.settings));
  prompts.say(`${path} is written; only you can read it.`);
  signal.throwIfAborted();
  if (answers.permissions) {
    const plan = answers.permissions;
    written(plan.path, () => writePermissions(plan));
    prompts.say(`${plan.path} is written; opencode reads it when its server starts.`);
  }
  signal.throwIfAborted();
  if (caddy) await caddy(how !== "no");
  signal.throwIfAborted();
  return runSwitchboard(options, answers, how);
}

/** @throws SetupError where the file cannot be written. */
function written(path: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    throw new SetupError(`${path} cannot be written: ${(error as Error).message}.`);
  }
}

function summary({ bot, operators, address, port, model }: Answers): string {
  const { chats, users } = operators;
  return [
    `bot      @${bot.account.username}`,
    `chats    ${chats}${users === undefined ? "" : `, orders from ${users}`}`,
    `address  ${address.publicUrl ?? "none: updates are fetched by `npm run pull`"}`,
    `port     ${port}`,
    `model    ${model ?? "opencode chooses"}`,
  ].join("\n");
}

/** What to do about Caddy once `.env` is written; undefined when there is nothing to do. */
async function askForCaddy(
  options: SetupOptions,
  { address, host, port }: Answers,
): Promise<((isStarted: boolean) => Promise<void>) | undefined> {
  const { prompts, flags, isRoot, caddyfile, checkout } = options;
  const values = address.publicUrl && caddyValues(address.publicUrl, { host, port });
  if (!values || flags.caddy === "skip") return undefined;
  const template = readFileSync(join(checkout, "Caddyfile"), "utf8");
  const isFree = caddyfileState(caddyfile, template) !== "other";
  if (flags.caddy === "write" && !isRoot) {
    throw new SetupError("--caddy write needs root; use --caddy print and run what it prints.");
  }
  if (flags.caddy === "write" && !isFree) throw new SetupError(notOurs(caddyfile));
  const isAgreed =
    flags.caddy === "write" ||
    (flags.caddy === undefined &&
      isRoot &&
      isFree &&
      (await prompts.confirm({
        flag: "--caddy",
        message: `Write ${caddyfile} for ${values.domain}, and restart Caddy?`,
      })));
  if (isAgreed) return () => installCaddyfile(options, template, values);
  return async (isStarted) => {
    if (isFree) prompts.commands(caddyCommands(values), "Run this for Caddy, in this folder");
    else prompts.warn(notOurs(caddyfile));
    // Without it Telegram does not reach what is started next, and the doctor would say so.
    if (!isStarted || !prompts.isInteractive) return;
    await prompts.confirm({ flag: "--yes", message: "Have you done that, in another terminal?" });
  };
}

const notOurs = (path: string) =>
  `${path} serves something else already and was not changed; add the contents of our Caddyfile to it, with admin off at the top.`;

async function installCaddyfile(
  { prompts, caddyfile, hasSystemd, processes }: SetupOptions,
  template: string,
  values: CaddyValues,
): Promise<void> {
  written(caddyfile, () => writeCaddyfile(caddyfile, template, values));
  prompts.say(`${caddyfile} is written.`);
  if (!hasSystemd) return prompts.warn("Restart Caddy now, so that it reads this file.");
  const { code, output } = await processes.run("systemctl", ["restart", "caddy"]);
  if (code === 0) return prompts.say("Caddy is restarted.");
  prompts.warn(
    `Caddy could not be restarted: ${output.trim()} (if it is missing: sudo apt-get install caddy)`,
  );
}
