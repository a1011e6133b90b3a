import { constants } from "node:fs";
import { open, realpath } from "node:fs/promises";
import { dirname, join, sep } from "node:path";

interface PluginInput {
  /** The folder of this instance of opencode. */
  directory: string;
  /** The top of its repository; `/` where there is none. */
  worktree: string;
}

interface Hooks {
  "experimental.chat.system.transform"?: (
    input: unknown,
    output: { system: string[] },
  ) => Promise<void>;
}

const instructionBytes = 128 * 1024;

/**
 * The part of Switchboard's plugin that gives the model the project's AGENTS.md where opencode leaves out
 * all that projects bring (`PROJECT_CONFIG=ignore`). The only export, as in every plugin file.
 */
export async function ProjectInstructions(place?: PluginInput): Promise<Hooks> {
  if (!place || process.env.SWITCHBOARD_PROJECT_CONFIG !== "ignore") return {};
  return {
    "experimental.chat.system.transform": async (_input, { system }) => {
      system.push(...(await projectInstructions(place)));
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
    const text = isInside ? await beginningOf(real) : undefined;
    return text ? `Instructions from: ${path}\n${text}` : text;
  } catch {
    return undefined;
  }
}

/**
 * The first `instructionBytes` of a file: no more is read, however large it is. Undefined for what is no
 * file; a FIFO that takes a file's place does not hold the server.
 */
async function beginningOf(path: string): Promise<string | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (!(await file.stat()).isFile()) return undefined;
    const { buffer, bytesRead } = await file.read(
      Buffer.alloc(instructionBytes),
      0,
      instructionBytes,
      0,
    );
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}
