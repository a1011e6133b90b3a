import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

// The types are declared here because opencode loads this one file without any package:
// a plugin that imports nothing works before, and without, opencode's own npm install.
interface ShellEnvInput {
  cwd: string;
  sessionID?: string;
  callID?: string;
}

interface ToolContext {
  sessionID: string;
  /** opencode 1.18 passes it on, though its types do not have it. */
  callID?: string;
  directory: string;
}

/** A tool whose `args` are JSON schemas: opencode 1.18 takes them as they are, all required, unchecked. */
interface Tool {
  description: string;
  args: Record<string, object>;
  execute(args: Record<string, unknown>, context: ToolContext): Promise<string>;
}

/** What begins a turn; a message id is named by Switchboard's own posts, and by subagents. */
interface PromptInput {
  agent?: string;
  model?: object;
  messageID?: string;
}

interface PromptPart {
  type: string;
  metadata?: Record<string, unknown>;
}

interface Hooks {
  "shell.env"?: (input: ShellEnvInput, output: { env: Record<string, string> }) => Promise<void>;
  "chat.message"?: (input: PromptInput, output: { parts: PromptPart[] }) => Promise<void>;
  tool?: Record<string, Tool>;
  "tool.execute.before"?: (
    input: { tool: string },
    output: { args: Record<string, unknown> },
  ) => Promise<void>;
}

interface Line {
  url: string;
  token: string;
}

interface Reply {
  text?: string;
  files?: string[];
  photos?: string[];
  buttons?: string[];
  silent?: boolean;
  session: string;
  /** Switchboard tells by it in whose turn this is said. */
  call: string | undefined;
}

// opencode lays a hook's variables over its own, so a variable can be emptied but not removed.
const secrets = [
  "OPENCODE_SERVER_PASSWORD",
  "TELEGRAM_BOT_TOKEN",
  "TELEGRAM_WEBHOOK_SECRET",
  "REPLY_TOKEN",
];
const defaultUrl = "http://127.0.0.1:8787";
// What opencode takes by itself.
const webfetchSeconds = 30;
const tokenMs = 2000;
const attemptMs = 10_000;
const totalMs = 20_000;

/**
 * The opencode plugin of Switchboard. It puts `send-telegram` and what it needs in the agent's shell,
 * takes the secrets out of it, and offers `send_telegram` and `send_telegram_file`. Without
 * `SWITCHBOARD_HOME` (the repository's folder) it does nothing. opencode calls every export of a plugin
 * file as a plugin, so this must stay the only one.
 */
export async function Switchboard(): Promise<Hooks> {
  const home = process.env.SWITCHBOARD_HOME;
  if (!home) return {};
  const dataDir = process.env.SWITCHBOARD_DATA_DIR || join(home, "data");

  // The last token of each session, for when Switchboard is down; it refuses one that was revoked.
  const tokens = new Map<string, string>();

  /** Where to speak, and by the token of the session's own agent. */
  const lineOf = async (sessionID: string): Promise<Line> => {
    const line = await readLine(dataDir);
    const token = await agentToken(line, sessionID);
    if (token === "none") tokens.delete(sessionID);
    else if (token !== undefined) tokens.set(sessionID, token);
    return { url: line.url, token: tokens.get(sessionID) ?? "" };
  };

  const send = async (reply: Reply): Promise<string> => {
    const line = await lineOf(reply.session);
    if (!line.token)
      return "Not sent: Switchboard is down, or this session belongs to none of its agents.";
    return post(line, reply);
  };

  return {
    "shell.env": async (input, output) => {
      const line = await lineOf(input.sessionID ?? "");
      const path = output.env.PATH ?? process.env.PATH ?? "";
      for (const name of secrets) output.env[name] = "";
      output.env.PATH = join(home, "agent", "bin") + delimiter + path;
      output.env.OPENCODE_SESSION_ID = input.sessionID ?? "";
      // What this shell leaves running in the background may reply during another turn.
      output.env.SWITCHBOARD_CALL_ID = inQuery(input.callID ?? "");
      output.env.SWITCHBOARD_URL = line.url;
      output.env.SWITCHBOARD_REPLY_TOKEN = line.token;
    },
    // Without it, opencode 1.18 cannot list its own request for the permission, nor any other.
    "tool.execute.before": async ({ tool }, { args }) => {
      if (tool === "webfetch") args.timeout ??= webfetchSeconds;
    },
    // A message does not tell who wrote it. opencode 1.18's terminal always names agent and model, and
    // no message id; what other plugins and background tasks post usually names less.
    "chat.message": async ({ agent, model, messageID }, { parts }) => {
      if (!agent || !model || messageID !== undefined) return;
      for (const part of parts) {
        if (part.type === "text") part.metadata = { ...part.metadata, switchboard: "typed" };
      }
    },
    tool: {
      send_telegram: {
        description:
          "Sends the operator a message on Telegram. It is the only way to reach the operator: what you write elsewhere may not be seen. Markdown is shown formatted.",
        args: {
          text: { type: "string", description: "the message" },
          silent: { type: "boolean", description: "true: no sound on the phone" },
          buttons: {
            type: "array",
            items: { type: "string" },
            maxItems: 8,
            description:
              "the answers to choose from, as buttons below the message, of at most 64 characters each; the choice comes to you as a prompt. Empty for none.",
          },
        },
        execute: async ({ text, silent, buttons }, { sessionID, callID }) => {
          if (typeof text !== "string" || text === "") return "Not sent: the text is empty.";
          const list: unknown[] = Array.isArray(buttons) ? buttons : [];
          if (!list.every((label) => typeof label === "string"))
            return "Not sent: buttons must be a list of texts.";
          const choices = list.length > 0 ? { buttons: list } : {};
          const words = { text, silent: silent === true, ...choices };
          return send({ ...words, session: sessionID, call: callID });
        },
      },
      send_telegram_file: {
        description: "Sends the operator one or more files on Telegram.",
        args: {
          paths: {
            type: "array",
            items: { type: "string" },
            minItems: 1,
            description: "the files; a relative path starts at the project's directory",
          },
          caption: { type: "string", description: "what to say with them, or nothing" },
          photo: {
            type: "boolean",
            description:
              "true: pictures and videos are shown in the chat, where Telegram makes them smaller; false: every file comes as it is",
          },
        },
        execute: async ({ paths, caption, photo }, { sessionID, callID, directory }) => {
          const list: unknown[] = Array.isArray(paths) ? paths : [paths];
          const names = list.filter((path) => typeof path === "string" && path !== "") as string[];
          if (names.length === 0 || names.length < list.length)
            return "Not sent: paths must be a list of file names.";
          const files = names.map((path) => resolve(directory, path));
          const said = typeof caption === "string" && caption !== "" ? { text: caption } : {};
          const named = photo === true ? { photos: files } : { files };
          return send({ ...named, ...said, session: sessionID, call: callID });
        },
      },
    },
  };
}

/** An id as it may stand in a query and in a shell; the model's provider chooses its characters. */
function inQuery(id: string): string {
  const isBare = /[!'()*]/g;
  return encodeURIComponent(id).replace(isBare, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
}

// Read at each call: Switchboard may restart with another port or token while opencode runs on.
async function readLine(dataDir: string): Promise<Line> {
  const [url, token] = await Promise.all([
    firstLine(join(dataDir, "reply-url")),
    firstLine(join(dataDir, "reply-token")),
  ]);
  return { url: (url || defaultUrl).replace(/\/$/, ""), token };
}

/** The token of a session's agent; "none" when it has none, undefined when nothing is known. */
async function agentToken(line: Line, sessionID: string): Promise<string | undefined> {
  if (!line.token || !sessionID) return undefined;
  try {
    const response = await fetch(`${line.url}/agent-token?session=${inQuery(sessionID)}`, {
      headers: { authorization: `Bearer ${line.token}` },
      signal: AbortSignal.timeout(tokenMs),
    });
    if (response.status === 404) return "none";
    return response.ok ? ((await response.json()) as { token: string }).token : undefined;
  } catch {
    return undefined;
  }
}

async function firstLine(path: string): Promise<string> {
  const content = await readFile(path, "utf8").catch(() => "");
  return content.split("\n", 1)[0]?.trim() ?? "";
}

// Every attempt carries the same Idempotency-Key, so repeating one never doubles a message.
async function post(line: Line, reply: Reply): Promise<string> {
  const key = randomUUID();
  const deadline = Date.now() + totalMs;
  let doubt = false;
  for (;;) {
    const { status, message, waitMs = 1000 } = await attempt(line, reply, key);
    if (status === 200 || status === 202) return "Sent.";
    const isLate = Date.now() + waitMs > deadline;
    if (typeof status === "number" && status >= 400 && status < 500 && (status !== 429 || isLate))
      return `Not sent (${status}): ${message ?? "Switchboard refused it."}`;
    doubt ||= status !== "refused" && status !== 503 && status !== 429;
    if (isLate) break;
    await pause(waitMs);
  }
  if (doubt) return "Not known whether it was sent: Switchboard gave no clear answer.";
  return "Not sent: Switchboard is down or cannot store the message; try again later.";
}

interface Answer {
  /** `refused` when nothing was sent, `unknown` when no answer came. */
  status: number | "refused" | "unknown";
  /** What Switchboard says of a refusal: one of its fixed sentences. */
  message?: string | undefined;
  /** When to try again, as Switchboard says. */
  waitMs?: number | undefined;
}

async function attempt(line: Line, reply: Reply, key: string): Promise<Answer> {
  try {
    const response = await fetch(`${line.url}/reply`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${line.token}`,
        "idempotency-key": key,
      },
      body: JSON.stringify(reply),
      signal: AbortSignal.timeout(attemptMs),
    });
    const body = (await response.json().catch(() => undefined)) as { message?: string } | undefined;
    const seconds = Number(response.headers.get("retry-after") ?? NaN);
    const waitMs = Number.isFinite(seconds) ? seconds * 1000 : undefined;
    return { status: response.status, message: body?.message, waitMs };
  } catch (error) {
    return { status: isRefused(error) ? "refused" : "unknown" };
  }
}

// Bun puts the code on the error itself, Node on its cause.
function isRefused(error: unknown): boolean {
  const { code, cause } = error as { code?: string; cause?: { code?: string } };
  return code === "ConnectionRefused" || cause?.code === "ECONNREFUSED";
}
