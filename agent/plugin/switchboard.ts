import { randomUUID } from "node:crypto";
import { readFile, realpath, stat } from "node:fs/promises";
import { delimiter, dirname, join, resolve, sep } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

// The types are declared here because opencode loads this one file without any package:
// a plugin that imports nothing works before, and without, opencode's own npm install.
interface PluginInput {
  /** The folder of this instance of opencode. */
  directory: string;
  /** The top of its repository; `/` where there is none. */
  worktree: string;
}

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

interface Hooks {
  "shell.env"?: (input: ShellEnvInput, output: { env: Record<string, string> }) => Promise<void>;
  tool?: Record<string, Tool>;
  "experimental.chat.system.transform"?: (
    input: unknown,
    output: { system: string[] },
  ) => Promise<void>;
}

interface Line {
  url: string;
  token: string;
}

interface Reply {
  text?: string;
  files?: string[];
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
const attemptMs = 10_000;
const totalMs = 20_000;
const instructionBytes = 128 * 1024;

/**
 * The opencode plugin of Switchboard. It puts `send-telegram` and what it needs in the agent's shell,
 * takes the secrets out of it, and offers `send_telegram` and `send_telegram_file`. Where opencode
 * leaves out what projects bring, it gives the model the project's AGENTS.md.
 * Without `SWITCHBOARD_HOME` (the repository's folder) it does nothing. opencode calls every export
 * of a plugin file as a plugin, so this must stay the only one.
 */
export async function Switchboard(place?: PluginInput): Promise<Hooks> {
  const home = process.env.SWITCHBOARD_HOME;
  if (!home) return {};
  const dataDir = process.env.SWITCHBOARD_DATA_DIR || join(home, "data");

  const send = async (reply: Reply): Promise<string> => {
    const line = await readLine(dataDir);
    if (!line.token) return "Not sent: Switchboard's reply token cannot be read.";
    return post(line, reply);
  };

  const ignoresProjects = process.env.SWITCHBOARD_PROJECT_CONFIG === "ignore";
  return {
    ...(place &&
      ignoresProjects && {
        "experimental.chat.system.transform": async (_input, { system }) => {
          system.push(...(await projectInstructions(place)));
        },
      }),
    "shell.env": async (input, output) => {
      const line = await readLine(dataDir);
      const path = output.env.PATH ?? process.env.PATH ?? "";
      for (const name of secrets) output.env[name] = "";
      output.env.PATH = join(home, "agent", "bin") + delimiter + path;
      output.env.OPENCODE_SESSION_ID = input.sessionID ?? "";
      // What this shell leaves running in the background may reply during another turn.
      output.env.SWITCHBOARD_CALL_ID = inQuery(input.callID ?? "");
      output.env.SWITCHBOARD_URL = line.url;
      output.env.SWITCHBOARD_REPLY_TOKEN = line.token;
    },
    tool: {
      send_telegram: {
        description:
          "Sends the operator a message on Telegram. It is the only way to reach the operator: what you write elsewhere may not be seen. It arrives as plain text.",
        args: {
          text: { type: "string", description: "the message" },
          silent: { type: "boolean", description: "true: no sound on the phone" },
        },
        execute: async ({ text, silent }, { sessionID, callID }) => {
          if (typeof text !== "string" || text === "") return "Not sent: the text is empty.";
          return send({ text, silent: silent === true, session: sessionID, call: callID });
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
        },
        execute: async ({ paths, caption }, { sessionID, callID, directory }) => {
          const list: unknown[] = Array.isArray(paths) ? paths : [paths];
          const names = list.filter((path) => typeof path === "string" && path !== "") as string[];
          if (names.length === 0 || names.length < list.length)
            return "Not sent: paths must be a list of file names.";
          const files = names.map((path) => resolve(directory, path));
          const said = typeof caption === "string" && caption !== "" ? { text: caption } : {};
          return send({ files, ...said, session: sessionID, call: callID });
        },
      },
    },
  };
}

/**
 * What opencode 1.18 itself takes from a project for its system prompt, in its form: the files of the
 * first of these names that is found between the folder and the top of its repository. At most
 * `instructionBytes` of each, and none that a link brings in from outside of the project.
 */
async function projectInstructions({ directory, worktree }: PluginInput): Promise<string[]> {
  const folders = foldersUp(directory, worktree);
  for (const name of instructionNames()) {
    const found = await Promise.all(
      folders.map((folder) =>
        instructions(join(folder, name), worktree === sep ? folder : worktree),
      ),
    );
    const texts = found.filter((text) => text !== undefined);
    if (texts.length > 0) return texts.filter((text) => text !== "");
  }
  return [];
}

function instructionNames(): string[] {
  const { OPENCODE_DISABLE_CLAUDE_CODE, OPENCODE_DISABLE_CLAUDE_CODE_PROMPT } = process.env;
  const isOn = (value = "") => ["1", "true"].includes(value.toLowerCase());
  const noClaude = isOn(OPENCODE_DISABLE_CLAUDE_CODE) || isOn(OPENCODE_DISABLE_CLAUDE_CODE_PROMPT);
  return ["AGENTS.md", ...(noClaude ? [] : ["CLAUDE.md"]), "CONTEXT.md"];
}

function foldersUp(from: string, top: string): string[] {
  const folders = [from];
  for (let folder = from; folder !== top && folder !== dirname(folder);) {
    folder = dirname(folder);
    folders.push(folder);
  }
  return folders;
}

/** Undefined where there is no such file inside of `root`. */
async function instructions(path: string, root: string): Promise<string | undefined> {
  try {
    const [real, realRoot] = await Promise.all([realpath(path), realpath(root)]);
    const isInside = real.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep);
    if (!isInside || !(await stat(real)).isFile()) return undefined;
    const text = (await readFile(real)).subarray(0, instructionBytes).toString("utf8");
    return text === "" ? "" : `Instructions from: ${path}\n${text}`;
  } catch {
    return undefined;
  }
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
    const { status, message } = await attempt(line, reply, key);
    if (status === 200 || status === 202) return "Sent.";
    if (typeof status === "number" && status >= 400 && status < 500)
      return `Not sent (${status}): ${message ?? "Switchboard refused it."}`;
    doubt ||= status !== "refused" && status !== 503;
    if (Date.now() + 1000 > deadline) break;
    await pause(1000);
  }
  if (doubt) return "Not known whether it was sent: Switchboard gave no clear answer.";
  return "Not sent: Switchboard is down or cannot store the message; try again later.";
}

interface Answer {
  /** `refused` when nothing was sent, `unknown` when no answer came. */
  status: number | "refused" | "unknown";
  /** What Switchboard says of a refusal: one of its fixed sentences. */
  message?: string | undefined;
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
    return { status: response.status, message: body?.message };
  } catch (error) {
    return { status: isRefused(error) ? "refused" : "unknown" };
  }
}

// Bun puts the code on the error itself, Node on its cause.
function isRefused(error: unknown): boolean {
  const { code, cause } = error as { code?: string; cause?: { code?: string } };
  return code === "ConnectionRefused" || cause?.code === "ECONNREFUSED";
}
