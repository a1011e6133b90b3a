import envSchema from "env-schema";
import type { Static } from "typebox";
import { crashPoints } from "./crash.ts";
import { ConfigError } from "./errors.ts";

const list = (pattern: string, description: string) =>
  ({
    type: "string",
    pattern: `^\\s*${pattern}(\\s*,\\s*${pattern})*\\s*$`,
    description,
  }) as const;

const speechUrl = {
  type: "string",
  // No credentials: an error may name the address, and the key has a variable of its own.
  pattern: "^https?://[^?#@\\s]+$",
  description: "an http(s) URL up to its version, like https://api.openai.com/v1",
} as const;
const speechKey = {
  type: "string",
  // What a header takes; Node's own error would show another one.
  pattern: "^[\\x21-\\x7E]{1,512}$",
  description: "a key without spaces",
} as const;
const speechName = (description: string) =>
  ({ type: "string", pattern: "^[^\\x00-\\x1F]{1,200}$", description }) as const;

const variables = {
  TELEGRAM_BOT_TOKEN: {
    type: "string",
    pattern: "^\\d{5,20}:[A-Za-z0-9_-]{30,64}$",
    description: "the token from BotFather, like 123456789:AAE…",
  },
  TELEGRAM_ALLOWED_CHAT_ID: list(
    "-?\\d{1,16}",
    "chat ids that may give orders, comma separated, like 123456789",
  ),
  TELEGRAM_ALLOWED_USER_ID: list(
    "\\d{1,16}",
    "user ids that may give orders, comma separated, like 123456789",
  ),
  TELEGRAM_WEBHOOK_SECRET: {
    type: "string",
    pattern: "^[A-Za-z0-9_-]{1,256}$",
    description: "1 to 256 characters of A-Z a-z 0-9 _ -",
  },
  TELEGRAM_API_ROOT: {
    type: "string",
    default: "https://api.telegram.org",
    pattern: "^https?://[^/?#\\s]+$",
    description: "an http(s) URL without a path, like https://api.telegram.org",
  },
  PUBLIC_URL: {
    type: "string",
    pattern: "^https?://[^?#\\s]+$",
    description:
      "the address Telegram reaches, like https://bot.example.com; without one, set RECEIVE=pull",
  },
  RECEIVE: { enum: ["webhook", "pull"], default: "webhook", description: "webhook or pull" },
  HOST: {
    type: "string",
    default: "127.0.0.1",
    minLength: 1,
    description: "an address to listen on, like 127.0.0.1",
  },
  PORT: {
    type: "integer",
    default: 8787,
    minimum: 0,
    maximum: 65535,
    description: "a port number, 0 to 65535",
  },
  REPLY_TOKEN: {
    type: "string",
    pattern: "^[A-Za-z0-9_-]{16,256}$",
    description: "16 to 256 characters of A-Z a-z 0-9 _ -",
  },
  DATA_DIR: { type: "string", default: "./data", minLength: 1, description: "a folder" },
  WORKSPACE_DIR: {
    type: "string",
    default: "./github_work_desk",
    minLength: 1,
    description: "a folder",
  },
  OPENCODE_API_URL: {
    type: "string",
    default: "http://127.0.0.1:5050",
    pattern: "^https?://[^?#\\s]+$",
    description: "an http(s) URL, like http://127.0.0.1:5050",
  },
  OPENCODE_SERVER_USERNAME: {
    type: "string",
    default: "opencode",
    pattern: "^[^:]+$",
    description: "a user name without a colon",
  },
  OPENCODE_SERVER_PASSWORD: { type: "string", description: "the server's password" },
  OPENCODE_BIN: {
    type: "string",
    default: "opencode",
    minLength: 1,
    description: "the name or path of the opencode program",
  },
  OPENCODE_MODEL: {
    type: "string",
    pattern: "^[^/\\s]+/\\S+$",
    description: "provider/model, like anthropic/claude-sonnet-4-5",
  },
  OPENCODE_VARIANT: { type: "string", minLength: 1, description: "a variant's name, like high" },
  PROJECT_CONFIG: { enum: ["trust", "ignore"], description: "trust or ignore" },
  OPENCODE_YOLO: { type: "boolean", default: false, description: "true or false" },
  ALLOW_SHELL: { type: "boolean", default: false, description: "true or false" },
  SHELL_SECONDS: {
    type: "integer",
    default: 300,
    minimum: 1,
    maximum: 86_400,
    description: "a number of seconds, at most 86400",
  },
  DELIVERY: { enum: ["tmux", "api"], default: "tmux", description: "tmux or api" },
  REPLY_MODE: {
    enum: ["auto", "tool", "relay"],
    default: "auto",
    description: "auto, tool or relay",
  },
  DESK: { enum: ["show", "quiet"], default: "show", description: "show or quiet" },
  FORMAT: {
    enum: ["classic", "rich", "auto"],
    default: "classic",
    description: "classic, rich or auto",
  },
  VERBOSITY: {
    enum: ["quiet", "normal", "verbose"],
    default: "normal",
    description: "quiet, normal or verbose",
  },
  STT_API_URL: speechUrl,
  STT_API_KEY: speechKey,
  STT_MODEL: speechName("a model that the server has, like whisper-1"),
  STT_SEND: { enum: ["ask", "at-once"], default: "ask", description: "ask or at-once" },
  TTS_API_URL: speechUrl,
  TTS_API_KEY: speechKey,
  TTS_MODEL: speechName("a model that the server has, like tts-1"),
  TTS_VOICE: speechName("a voice that the server has, like alloy"),
  REACTIONS: { enum: ["on", "off"], default: "on", description: "on or off" },
  TMUX_SOCKET_NAME: {
    type: "string",
    default: "switchboard",
    pattern: "^[A-Za-z0-9_-]{1,64}$",
    description: "1 to 64 characters of A-Z a-z 0-9 _ -",
  },
  JOIN_MS: {
    type: "integer",
    default: 300,
    minimum: 0,
    maximum: 5000,
    description: "a number of milliseconds, at most 5000",
  },
  KEEP_DAYS: {
    type: "integer",
    default: 8,
    minimum: 8,
    maximum: 3650,
    description: "a number of days, 8 or more",
  },
  SWITCHBOARD_CRASH_AT: {
    type: "string",
    pattern: `^(${crashPoints.join("|")})(:[1-9]\\d*)?$`,
    description: `unset; tests set one of ${crashPoints.join(", ")}`,
  },
  LOG_LEVEL: {
    enum: ["fatal", "error", "warn", "info", "debug", "trace", "silent"],
    default: "info",
    description: "one of fatal, error, warn, info, debug, trace, silent",
  },
} as const;

/** The variables Switchboard reads, as a JSON schema; `description` says what is right. */
export const Environment = {
  type: "object",
  required: [
    "TELEGRAM_BOT_TOKEN",
    "TELEGRAM_ALLOWED_CHAT_ID",
    "TELEGRAM_API_ROOT",
    "RECEIVE",
    "HOST",
    "PORT",
    "DATA_DIR",
    "WORKSPACE_DIR",
    "OPENCODE_API_URL",
    "OPENCODE_SERVER_USERNAME",
    "OPENCODE_BIN",
    "OPENCODE_YOLO",
    "ALLOW_SHELL",
    "SHELL_SECONDS",
    "DELIVERY",
    "REPLY_MODE",
    "DESK",
    "FORMAT",
    "VERBOSITY",
    "STT_SEND",
    "REACTIONS",
    "TMUX_SOCKET_NAME",
    "JOIN_MS",
    "KEEP_DAYS",
    "LOG_LEVEL",
  ],
  properties: variables,
} as const;

// env-schema changes the schema it is given, and compiles each object once.
const pulling = structuredClone(Environment) as object;
const withAddress = {
  ...structuredClone(Environment),
  required: [...Environment.required, "PUBLIC_URL"],
};

/** The variables with their defaults. */
export type Environment = Static<typeof Environment>;

interface SchemaProblem {
  keyword: string;
  instancePath: string;
  params: { missingProperty?: string };
}

/** Checks the variables and fills in defaults. @throws ConfigError with a line for each wrong one. */
export function parseEnvironment(data: Record<string, string | undefined>): Environment {
  // Only a webhook needs an address.
  const schema = data["RECEIVE"] === "pull" ? pulling : withAddress;
  try {
    return envSchema<Environment>({ schema, data, env: false });
  } catch (error) {
    const problems = (error as { errors?: SchemaProblem[] }).errors;
    if (!problems) throw error;
    const isEmpty = Environment.required.every((name) => data[name] === undefined);
    throw new ConfigError([...new Set(problems.map(readable)), ...(isEmpty ? [copyExample] : [])]);
  }
}

const copyExample =
  "Run `npm run setup`, or copy .env.example to .env and fill in its empty values.";

function readable(problem: SchemaProblem): string {
  const name = problem.params.missingProperty ?? problem.instancePath.replace(/^\//, "");
  const property = Environment.properties[name as keyof Environment] as { description?: string };
  const right = property?.description ?? "another value";
  return problem.keyword === "required"
    ? `${name} is missing; set it to ${right}`
    : `${name} is invalid; it must be ${right}`;
}
