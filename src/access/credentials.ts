import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "../errors.ts";

/** The variables that systemd can hand over as credentials (`LoadCredential=`), by their names there. */
const credentials = { "telegram-bot-token": "TELEGRAM_BOT_TOKEN" } as const;

/**
 * The environment with what systemd hands over in files of `CREDENTIALS_DIRECTORY`: the bot token then
 * stands in no `.env`. A credential wins over a variable, as the unit is the more particular of the two.
 * @throws ConfigError when a credential that is there cannot be read or is empty.
 */
export function withCredentials(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const folder = env["CREDENTIALS_DIRECTORY"];
  if (!folder) return env;
  const handed = Object.entries(credentials).flatMap(([name, variable]) => {
    const value = readIfThere(join(folder, name), name);
    return value === undefined ? [] : [[variable, value] as const];
  });
  return { ...env, ...Object.fromEntries(handed) };
}

function readIfThere(path: string, name: string): string | undefined {
  let value: string;
  try {
    value = readFileSync(path, "utf8").trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new ConfigError([`the credential ${name} cannot be read: ${(error as Error).message}`]);
  }
  if (value === "")
    throw new ConfigError([`the credential ${name} is empty; put the value into it`]);
  return value;
}
