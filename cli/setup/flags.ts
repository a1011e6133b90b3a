import { parseArgs } from "node:util";
import { Environment } from "../../src/environment.ts";
import { SetupError } from "./prompts.ts";

/** Where agents have to ask; `keep` leaves opencode's settings as they are. */
export const permissionChoices = ["keep", "ask", "commands", "allow"] as const;
/** What to do about Caddy. */
export const caddyChoices = ["write", "print", "skip"] as const;
/** How Switchboard is to run. */
export const runChoices = ["service", "print", "tmux", "no"] as const;

const receiveChoices = ["webhook", "pull"] as const;

/** The answers that the command line gives; what is undefined is asked. */
export interface Flags {
  tokenFile?: string | undefined;
  apiRoot?: string | undefined;
  chat?: string | undefined;
  user?: string | undefined;
  receive?: (typeof receiveChoices)[number] | undefined;
  publicUrl?: string | undefined;
  permissions?: (typeof permissionChoices)[number] | undefined;
  /** `auto`: opencode chooses. */
  model?: string | undefined;
  port?: string | undefined;
  caddy?: (typeof caddyChoices)[number] | undefined;
  run?: (typeof runChoices)[number] | undefined;
  isDoctorWanted: boolean;
  isYes: boolean;
  isHelp: boolean;
}

/** A variable of `.env` that is wrong: what it must be; undefined when it is right. */
export function settingProblem(name: keyof Environment, value: string): string | undefined {
  const { pattern, description } = Environment.properties[name] as {
    pattern?: string;
    description: string;
  };
  const isRight = pattern === undefined || new RegExp(pattern).test(value);
  return isRight ? undefined : `This must be ${description}.`;
}

/** Reads the command line. @throws SetupError with the one flag that is wrong. */
export function readFlags(args: string[]): Flags {
  const values = parsed(args);
  const of = <Value extends string>(name: string, choices: readonly Value[]): Value | undefined => {
    const value = values[name];
    if (value === undefined) return undefined;
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw new SetupError(`--${name} is one of ${choices.join(", ")}.`);
    return found;
  };
  const setting = (flag: string, name: keyof Environment): string | undefined => {
    const value = values[flag] as string | undefined;
    const problem = value === undefined ? undefined : settingProblem(name, value);
    if (problem !== undefined) throw new SetupError(`--${flag}: ${problem}`);
    return value;
  };
  return {
    tokenFile: values["token-file"] as string | undefined,
    apiRoot: setting("api-root", "TELEGRAM_API_ROOT"),
    chat: setting("chat", "TELEGRAM_ALLOWED_CHAT_ID"),
    user: setting("user", "TELEGRAM_ALLOWED_USER_ID"),
    receive: of("receive", receiveChoices),
    publicUrl: values["public-url"] as string | undefined,
    permissions: of("permissions", permissionChoices),
    model: values["model"] === "auto" ? "auto" : setting("model", "OPENCODE_MODEL"),
    port: values["port"] as string | undefined,
    caddy: of("caddy", caddyChoices),
    run: of("run", runChoices),
    isDoctorWanted: values["no-doctor"] !== true,
    isYes: values["yes"] === true,
    isHelp: values["help"] === true,
  };
}

function parsed(args: string[]): Record<string, string | boolean | undefined> {
  const isSwitch = (name: string) => switches.includes(name);
  const options = Object.fromEntries(
    table.map(([name]) => [name, { type: isSwitch(name) ? "boolean" : "string" } as const]),
  );
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // It may be the token, which belongs on no command line and in no error.
    const isBare = code === "ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL";
    const line = isBare ? "There is an argument without a flag" : message.split(/\. |\n/)[0];
    throw new SetupError(`${line}. \`npm run setup -- --help\` lists the flags.`);
  }
}

const switches = ["no-doctor", "yes", "help"];

/** The flags with what stands behind them, and what they mean. */
const table: readonly (readonly [name: string, value: string, what: string])[] = [
  [
    "token-file",
    "PATH",
    "file with the bot's token; - reads standard input (or set TELEGRAM_BOT_TOKEN)",
  ],
  ["api-root", "URL", "your own Bot API server, like http://127.0.0.1:8081"],
  ["chat", "ID[,ID]", "chats that may give orders; without it, setup finds yours"],
  ["user", "ID[,ID]", "who may give orders in a group"],
  ["receive", "webhook|pull", "webhook: Telegram reaches this machine; pull: it cannot"],
  ["public-url", "URL", "where Telegram reaches this machine, like https://bot.example.com"],
  [
    "permissions",
    permissionChoices.join("|"),
    "when agents ask: as set, before commands and changes, before commands, never",
  ],
  ["model", "NAME|auto", "like anthropic/claude-sonnet-4-5; auto: opencode chooses"],
  ["port", "NUMBER", "where Switchboard listens on this machine (8787)"],
  [
    "caddy",
    caddyChoices.join("|"),
    "write /etc/caddy/Caddyfile (as root), print the commands, or neither",
  ],
  [
    "run",
    runChoices.join("|"),
    "your user's service, print a system service, in tmux, or do not start",
  ],
  ["no-doctor", "", "skip npm run doctor at the end"],
  ["yes", "", "the default answer to every question that no flag answers"],
  ["help", "", "this list"],
];

/** The text of `--help`. */
export function helpText(): string {
  const head = (name: string, value: string) => `  --${name}${value === "" ? "" : ` ${value}`}`;
  const width = Math.max(...table.map(([name, value]) => head(name, value).length));
  const lines = table.map(([name, value, what]) => `${head(name, value).padEnd(width)}  ${what}`);
  return `Sets up Switchboard: npm run setup -- [flags]

It asks for what no flag answers, offers what .env holds, and changes nothing before you agree.
Without a terminal, every answer must come from a flag or be accepted with --yes.

${lines.join("\n")}
`;
}
