import { createHmac } from "node:crypto";
import { isIP } from "node:net";
import { resolve } from "node:path";
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

const variables = {
  TELEGRAM_BOT_TOKEN: {
    type: "string",
    pattern: "^\\d{5,20}:[A-Za-z0-9_-]{30,64}$",
    description: "the token from BotFather, like 123456789:AAE…",
  },
  TELEGRAM_ALLOWED_CHAT_ID: list("-?\\d{1,16}", "chat ids that may give orders, comma separated"),
  TELEGRAM_ALLOWED_USER_ID: list("\\d{1,16}", "user ids that may give orders, comma separated"),
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
    description: "the address Telegram reaches, like https://bot.example.com",
  },
  HOST: {
    type: "string",
    default: "127.0.0.1",
    minLength: 1,
    description: "an address to listen on",
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
    description: "the opencode program",
  },
  OPENCODE_MODEL: { type: "string", pattern: "^[^/\\s]+/\\S+$", description: "provider/model" },
  OPENCODE_VARIANT: { type: "string", minLength: 1, description: "a variant's name" },
  OPENCODE_YOLO: { type: "boolean", default: false, description: "true or false" },
  DELIVERY: { enum: ["tmux", "api"], default: "tmux", description: "tmux or api" },
  REPLY_MODE: {
    enum: ["auto", "tool", "relay"],
    default: "auto",
    description: "auto, tool or relay",
  },
  DESK: { enum: ["show", "quiet"], default: "show", description: "show or quiet" },
  TMUX_SOCKET_NAME: {
    type: "string",
    default: "switchboard",
    pattern: "^[A-Za-z0-9_-]{1,64}$",
    description: "1 to 64 characters of A-Z a-z 0-9 _ -",
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

const Environment = {
  type: "object",
  required: [
    "TELEGRAM_BOT_TOKEN",
    "TELEGRAM_ALLOWED_CHAT_ID",
    "TELEGRAM_API_ROOT",
    "PUBLIC_URL",
    "HOST",
    "PORT",
    "DATA_DIR",
    "WORKSPACE_DIR",
    "OPENCODE_API_URL",
    "OPENCODE_SERVER_USERNAME",
    "OPENCODE_BIN",
    "OPENCODE_YOLO",
    "DELIVERY",
    "REPLY_MODE",
    "DESK",
    "TMUX_SOCKET_NAME",
    "KEEP_DAYS",
    "LOG_LEVEL",
  ],
  properties: variables,
} as const;

type Environment = Static<typeof Environment>;

/** The settings of one running Switchboard; paths are absolute, lists are parsed. */
export interface Config {
  telegram: {
    token: string;
    allowedChats: number[];
    allowedUsers: number[];
    secret: string;
    apiRoot: string;
    publicUrl: string;
  };
  http: { host: string; port: number; replyToken: string | undefined };
  dataDir: string;
  workspaceDir: string;
  opencode: {
    url: string;
    username: string;
    password: string | undefined;
    bin: string;
    model: string | undefined;
    variant: string | undefined;
    yolo: boolean;
  };
  delivery: "tmux" | "api";
  replyMode: "auto" | "tool" | "relay";
  /** `quiet`: turns begun in the terminal are not reported. */
  desk: "show" | "quiet";
  tmuxSocketName: string;
  /** Days to keep what has ended. */
  keepDays: number;
  /** Where a test has the process end itself; only with a Bot API server on loopback. */
  crashAt: string | undefined;
  logLevel: Environment["LOG_LEVEL"];
  /** What child processes inherit: everything but our own settings and what npm and Node add. */
  childEnv: Record<string, string>;
}

/**
 * Reads the settings from environment variables. The variables and their meaning stand in
 * `.env.example`. An empty value counts as unset.
 * @throws ConfigError with one readable line per wrong or missing variable; no line shows a value,
 * since a value may be a secret.
 */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const values = parse(Object.fromEntries(Object.entries(env).filter(([, value]) => value !== "")));
  const allowedChats = numbers(values.TELEGRAM_ALLOWED_CHAT_ID);
  const namedUsers = numbers(values.TELEGRAM_ALLOWED_USER_ID);
  const problems = crossChecks(values, allowedChats, namedUsers);
  if (problems.length > 0) throw new ConfigError(problems);

  return {
    telegram: {
      token: values.TELEGRAM_BOT_TOKEN,
      allowedChats,
      // A private chat's id is its user's id (Bot API, Chat.id), so it names the user as well.
      allowedUsers: namedUsers.length > 0 ? namedUsers : allowedChats,
      secret: values.TELEGRAM_WEBHOOK_SECRET ?? derivedSecret(values.TELEGRAM_BOT_TOKEN),
      apiRoot: values.TELEGRAM_API_ROOT,
      publicUrl: values.PUBLIC_URL.replace(/\/+$/, ""),
    },
    http: { host: values.HOST, port: values.PORT, replyToken: values.REPLY_TOKEN },
    dataDir: resolve(values.DATA_DIR),
    workspaceDir: resolve(values.WORKSPACE_DIR),
    opencode: {
      url: values.OPENCODE_API_URL.replace(/\/+$/, ""),
      username: values.OPENCODE_SERVER_USERNAME,
      password: values.OPENCODE_SERVER_PASSWORD,
      bin: values.OPENCODE_BIN,
      model: values.OPENCODE_MODEL,
      variant: values.OPENCODE_VARIANT,
      yolo: values.OPENCODE_YOLO,
    },
    delivery: values.DELIVERY,
    replyMode: values.REPLY_MODE,
    desk: values.DESK,
    tmuxSocketName: values.TMUX_SOCKET_NAME,
    keepDays: values.KEEP_DAYS,
    crashAt: values.SWITCHBOARD_CRASH_AT,
    logLevel: values.LOG_LEVEL,
    childEnv: childEnv(env),
  };
}

function childEnv(env: NodeJS.ProcessEnv): Record<string, string> {
  const isOurs = (name: string) => name in Environment.properties;
  const isRunner = (name: string) => /^(npm_|NODE_OPTIONS$|NODE_COMPILE_CACHE$|TAP)/.test(name);
  const kept = Object.entries(env).filter(([name]) => !isOurs(name) && !isRunner(name));
  return Object.fromEntries(
    kept.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function numbers(csv = ""): number[] {
  return csv.split(",").flatMap((item) => (item.trim() ? Number(item) : []));
}

interface SchemaProblem {
  keyword: string;
  instancePath: string;
  params: { missingProperty?: string };
}

function parse(data: Record<string, string | undefined>): Environment {
  try {
    return envSchema<Environment>({
      schema: structuredClone(Environment) as object,
      data,
      env: false,
    });
  } catch (error) {
    const problems = (error as { errors?: SchemaProblem[] }).errors;
    if (!problems) throw error;
    throw new ConfigError([...new Set(problems.map(readable))]);
  }
}

function readable(problem: SchemaProblem): string {
  const name = problem.params.missingProperty ?? problem.instancePath.replace(/^\//, "");
  const property = Environment.properties[name as keyof Environment] as { description?: string };
  const right = property?.description ?? "another value";
  return problem.keyword === "required"
    ? `${name} is missing; set it to ${right}`
    : `${name} is not right; it must be ${right}`;
}

function crossChecks(values: Environment, chats: number[], users: number[]): string[] {
  const problems: string[] = [];
  if (users.length === 0 && chats.some((chat) => chat < 0)) {
    problems.push(
      "TELEGRAM_ALLOWED_USER_ID is missing; a group is allowed, so list the users in it that may give orders",
    );
  }
  if (values.PUBLIC_URL.startsWith("http:") && !isLoopbackUrl(values.TELEGRAM_API_ROOT)) {
    problems.push(
      "PUBLIC_URL is not right; it must begin with https:// unless TELEGRAM_API_ROOT is on loopback",
    );
  }
  if (values.SWITCHBOARD_CRASH_AT && !isLoopbackUrl(values.TELEGRAM_API_ROOT)) {
    problems.push(
      "SWITCHBOARD_CRASH_AT is not right; it must be unset, unless a test runs with a Bot API server on loopback",
    );
  }
  return problems;
}

/** Whether a URL names this machine by a loopback address or `localhost`. */
export function isLoopbackUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const host = new URL(url).hostname.replace(/^\[|\]$/g, "");
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

function derivedSecret(token: string): string {
  return createHmac("sha256", token).update("switchboard webhook secret").digest("base64url");
}
