import { createHmac } from "node:crypto";
import { isIP } from "node:net";
import { resolve } from "node:path";
import { childEnv } from "./child-env.ts";
import { Environment, parseEnvironment } from "./environment.ts";
import { ConfigError } from "./errors.ts";
import type { SpeechServer } from "./speech/request.ts";
import type { VoiceServer } from "./speech/speak.ts";

/** The settings of one running Switchboard; paths are absolute, lists are parsed. */
export interface Config {
  telegram: {
    token: string;
    allowedChats: number[];
    allowedUsers: number[];
    secret: string;
    apiRoot: string;
    /** Undefined only where updates are pulled. */
    publicUrl: string | undefined;
  };
  /** Who brings updates: Telegram, to the webhook, or `npm run pull`, which needs no public address. */
  receive: Environment["RECEIVE"];
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
  /** Whether operators may run shell commands, and milliseconds after which one is stopped. */
  shell: { isAllowed: boolean; limitMs: number };
  /** Whether opencode obeys what a project brings; decided at start when undefined. */
  projectConfig: "trust" | "ignore" | undefined;
  delivery: "tmux" | "api";
  replyMode: "auto" | "tool" | "relay";
  /** `quiet`: turns begun in the terminal are not reported. */
  desk: "show" | "quiet";
  /** How answers are sent where a conversation chose nothing; see `ChatSettings`. */
  format: Environment["FORMAT"];
  /** How much is shown of a turn while it runs, where a conversation chose nothing. */
  verbosity: Environment["VERBOSITY"];
  /** What makes text of voice messages; `isAsked`: an operator confirms it. Undefined without one. */
  hearing: { server: SpeechServer; isAsked: boolean } | undefined;
  /** What reads answers aloud; undefined without one. */
  speaking: VoiceServer | undefined;
  /** `off`: what operators react with is not passed on. */
  reactions: Environment["REACTIONS"];
  tmuxSocketName: string;
  /** Milliseconds. */
  joinMs: number;
  /** Days to keep what has ended. */
  keepDays: number;
  /** `on`: what happens is counted, and `GET /metrics` shows it. */
  metrics: Environment["METRICS"];
  /** Where a test has the process end itself; only with a Bot API server on loopback. */
  crashAt: string | undefined;
  logLevel: Environment["LOG_LEVEL"];
  /** What child processes inherit: everything but our own settings and what npm, Node and systemd add. */
  childEnv: Record<string, string>;
  /** The umask of what runs for agents, when it is not this process's own. */
  agentUmask?: number;
}

/**
 * Reads the settings from environment variables; `.env.example` explains them. An empty value counts as
 * unset.
 * @throws ConfigError with one readable line per wrong or missing variable; no line shows a value,
 * since a value may be a secret.
 */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const values = parseEnvironment(
    Object.fromEntries(Object.entries(env).filter(([, value]) => value !== "")),
  );
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
      publicUrl: values.PUBLIC_URL === undefined ? undefined : withoutSlash(values.PUBLIC_URL),
    },
    receive: values.RECEIVE,
    http: { host: values.HOST, port: values.PORT, replyToken: values.REPLY_TOKEN },
    dataDir: resolve(values.DATA_DIR),
    workspaceDir: resolve(values.WORKSPACE_DIR),
    opencode: {
      url: withoutSlash(values.OPENCODE_API_URL),
      username: values.OPENCODE_SERVER_USERNAME,
      password: values.OPENCODE_SERVER_PASSWORD,
      bin: values.OPENCODE_BIN,
      model: values.OPENCODE_MODEL,
      variant: values.OPENCODE_VARIANT,
      yolo: values.OPENCODE_YOLO,
    },
    shell: { isAllowed: values.ALLOW_SHELL, limitMs: values.SHELL_SECONDS * 1000 },
    projectConfig: values.PROJECT_CONFIG,
    delivery: values.DELIVERY,
    replyMode: values.REPLY_MODE,
    desk: values.DESK,
    format: values.FORMAT,
    verbosity: values.VERBOSITY,
    hearing: hearingOf(values),
    speaking: speakingOf(values),
    reactions: values.REACTIONS,
    tmuxSocketName: values.TMUX_SOCKET_NAME,
    joinMs: values.JOIN_MS,
    keepDays: values.KEEP_DAYS,
    metrics: values.METRICS,
    crashAt: values.SWITCHBOARD_CRASH_AT,
    logLevel: values.LOG_LEVEL,
    childEnv: childEnv(env, Environment.properties),
  };
}

function numbers(csv = ""): number[] {
  return csv.split(",").flatMap((item) => (item.trim() ? Number(item) : []));
}

function crossChecks(values: Environment, chats: number[], users: number[]): string[] {
  const problems: string[] = [];
  if (users.length === 0 && chats.some((chat) => chat < 0)) {
    problems.push(
      "TELEGRAM_ALLOWED_USER_ID is missing; a group is allowed, so list the users in it that may give orders",
    );
  }
  if (values.PUBLIC_URL?.startsWith("http:") && !isLoopbackUrl(values.TELEGRAM_API_ROOT)) {
    problems.push(
      "PUBLIC_URL is invalid; it must begin with https:// unless TELEGRAM_API_ROOT is on loopback",
    );
  }
  if (values.SWITCHBOARD_CRASH_AT && !isLoopbackUrl(values.TELEGRAM_API_ROOT)) {
    problems.push(
      "SWITCHBOARD_CRASH_AT is invalid; it must be unset, unless a test runs with a Bot API server on loopback",
    );
  }
  return [...problems, ...speechProblems(values)];
}

// What has a meaning only with a server, by the server's variable; those that it needs are marked.
const speechSettings = {
  STT_API_URL: { STT_MODEL: true, STT_API_KEY: false },
  TTS_API_URL: { TTS_MODEL: true, TTS_VOICE: true, TTS_API_KEY: false },
} as const;

/** A speech server that is named in part would fail at the first voice message, and not before. */
function speechProblems(values: Environment): string[] {
  const entries = Object.entries(speechSettings) as [keyof typeof speechSettings, object][];
  return entries.flatMap(([url, settings]) =>
    (Object.entries(settings) as [keyof Environment, boolean][]).flatMap(([name, isNeeded]) => {
      const isSet = values[name] !== undefined;
      if (values[url] === undefined) {
        return isSet
          ? [`${url} is missing; ${name} is set, so name its server, or unset ${name}`]
          : [];
      }
      if (isSet || !isNeeded) return [];
      const { description } = Environment.properties[name];
      return [`${name} is missing; ${url} is set, so set it to ${description}, or unset ${url}`];
    }),
  );
}

function hearingOf({
  STT_API_URL,
  STT_API_KEY,
  STT_MODEL,
  STT_SEND,
}: Environment): Config["hearing"] {
  if (STT_API_URL === undefined || STT_MODEL === undefined) return undefined;
  const server = { url: withoutSlash(STT_API_URL), key: STT_API_KEY, model: STT_MODEL };
  return { server, isAsked: STT_SEND === "ask" };
}

function speakingOf({
  TTS_API_URL,
  TTS_API_KEY,
  TTS_MODEL,
  TTS_VOICE,
}: Environment): Config["speaking"] {
  if (TTS_API_URL === undefined || TTS_MODEL === undefined || TTS_VOICE === undefined)
    return undefined;
  return { url: withoutSlash(TTS_API_URL), key: TTS_API_KEY, model: TTS_MODEL, voice: TTS_VOICE };
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, "");
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
