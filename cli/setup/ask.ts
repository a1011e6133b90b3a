import { resolve } from "node:path";
import type { Environment } from "../../src/environment.ts";
import { ConfigError } from "../../src/errors.ts";
import { isLoopbackUrl, readConfig } from "../../src/config.ts";
import { type Address, askForAddress } from "./address.ts";
import { askForBot, type Bot } from "./bot.ts";
import { askForChat, type Operators } from "./chat.ts";
import { askForModel, listModels } from "./model.ts";
import {
  opencodeSettings,
  type PermissionChoice,
  type PermissionPlan,
  planPermissions,
} from "./permissions.ts";
import { askForPort } from "./port.ts";
import type { SetupOptions } from "./options.ts";
import { SetupError } from "./prompts.ts";
import { missingSecrets } from "./secrets.ts";

/** What the questions need. */
export interface AskOptions extends Pick<
  SetupOptions,
  "prompts" | "flags" | "env" | "folder" | "processes" | "look"
> {
  /** What `.env` holds. */
  before: Readonly<Record<string, string>>;
}

/** Every answer; nothing is written yet. */
export interface Answers {
  bot: Bot;
  operators: Operators;
  address: Address;
  host: string;
  port: number;
  model: string | undefined;
  /** Undefined when opencode's settings stay as they are. */
  permissions: PermissionPlan | undefined;
  /** What `.env` is to hold. */
  settings: Partial<Record<keyof Environment, string | undefined>>;
}

/** Asks for what neither a flag nor `.env` answers. @throws Cancelled, SetupError. */
export async function ask(options: AskOptions): Promise<Answers> {
  const { prompts, flags, env, before, processes } = options;
  const apiRoot =
    flags.apiRoot ??
    (env["TELEGRAM_API_ROOT"] || before["TELEGRAM_API_ROOT"] || "https://api.telegram.org");
  const listed = listModels(processes, before["OPENCODE_BIN"] || env["OPENCODE_BIN"] || "opencode");
  const bot = await askForBot({
    prompts,
    flags,
    env,
    before: before["TELEGRAM_BOT_TOKEN"],
    apiRoot,
  });
  const operators = await askForChat({
    prompts,
    flags,
    bot,
    apiRoot,
    publicUrl: before["PUBLIC_URL"],
    before: {
      chats: before["TELEGRAM_ALLOWED_CHAT_ID"] ?? "",
      users: before["TELEGRAM_ALLOWED_USER_ID"],
    },
  });
  const address = await askForAddress({
    prompts,
    flags,
    apiRoot,
    before: { receive: before["RECEIVE"], publicUrl: before["PUBLIC_URL"] },
  });
  const host = before["HOST"] || "127.0.0.1";
  const usual = Number(before["PORT"]) || 8787;
  const look = options.look && { look: options.look };
  const port = await askForPort({ prompts, flag: flags.port, host, before: usual, ...look });
  const permissions = await askForPermissions(options);
  const model = await askForModel({ prompts, flags, before: before["OPENCODE_MODEL"], listed });
  const settings = settingsOf(options, { bot, operators, address, port, model, apiRoot });
  requireUsable({ ...before, ...settings });
  return { bot, operators, address, host, port, model, permissions, settings };
}

async function askForPermissions({
  prompts,
  flags,
  env,
}: AskOptions): Promise<PermissionPlan | undefined> {
  const path = opencodeSettings(env);
  const choice =
    flags.permissions ??
    (await prompts.choose<PermissionChoice | "keep">({
      flag: "--permissions",
      message: "When must agents ask you first?",
      initial: "keep",
      options: [
        {
          value: "keep",
          label: "As opencode is set now",
          hint: `never, unless ${path} says otherwise`,
        },
        { value: "ask", label: "Before they run a command or change a file" },
        { value: "commands", label: "Before they run a command" },
        { value: "allow", label: "Never", hint: "only on a disposable machine" },
      ],
    }));
  if (choice === "keep") return undefined;
  const plan = planPermissions(path, choice);
  if (plan.lines.length === 0) {
    prompts.say("opencode is set like that already; nothing is changed there.");
    return undefined;
  }
  prompts.note(plan.lines.join("\n"), `In ${path}`);
  const message = "Change these settings of opencode?";
  return (await prompts.confirm({ flag: "--yes", message })) ? plan : undefined;
}

type Given = Omit<Answers, "permissions" | "settings" | "host"> & { apiRoot: string };

function settingsOf({ before, folder }: AskOptions, given: Given): Answers["settings"] {
  const { bot, operators, address, port, model, apiRoot } = given;
  const opencodeUrl = before["OPENCODE_API_URL"] || "http://127.0.0.1:5050";
  // A default stays a comment unless something else stood there.
  const unlessUsual = (name: string, value: string, usual: string) =>
    value === usual && !before[name] ? undefined : value;
  return {
    TELEGRAM_BOT_TOKEN: bot.token,
    TELEGRAM_ALLOWED_CHAT_ID: operators.chats,
    TELEGRAM_ALLOWED_USER_ID: operators.users,
    TELEGRAM_API_ROOT: unlessUsual("TELEGRAM_API_ROOT", apiRoot, "https://api.telegram.org"),
    // With `pull` an address that stood there has no meaning, and may come back.
    ...(address.publicUrl !== undefined && { PUBLIC_URL: address.publicUrl }),
    RECEIVE: unlessUsual("RECEIVE", address.receive, "webhook"),
    PORT: unlessUsual("PORT", `${port}`, "8787"),
    OPENCODE_MODEL: model,
    ...missingSecrets({
      before,
      dataDir: resolve(folder, before["DATA_DIR"] || "./data"),
      isLocal: isLoopbackUrl(opencodeUrl),
    }),
  };
}

/** Switchboard would not start with other lines of `.env` that are wrong. @throws SetupError. */
function requireUsable(settings: Record<string, string | undefined>): void {
  try {
    readConfig(settings);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new SetupError(`Correct .env first; nothing was changed: ${error.problems.join("; ")}.`);
  }
}

/** Refuses a `.env` that cannot be read, before anything is asked. @throws SetupError. */
export function readable<Value>(path: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw new SetupError(`${path} cannot be read: ${(error as Error).message}.`);
  }
}
