import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ChatMessage } from "../../../sandbox/telegram/chats.ts";
import type { Stage } from "../../../sandbox/stage.ts";
import { paths, settled, until } from "../../support/stage.ts";

/** For what an agent does: the first turn in a folder takes opencode seconds, on a busy machine many. */
export const timeoutMs = 60_000;

/** An operator of a stage, who has nothing but the chat. */
export type Operator = ReturnType<typeof operatorOf>;

/** What an operator does on a stage, and what comes of it. */
export function operatorOf(stage: Stage) {
  const { telegram, model } = stage;

  /** The first message of the bot from now on, as sent or as edited, that has these words. */
  async function hears(act: () => unknown, words: RegExp): Promise<ChatMessage> {
    const since = telegram.mark();
    act();
    return telegram.shown(({ text }) => words.test(text), { since, timeoutMs });
  }

  /** Writes something; resolves to the message that answers with these words. */
  const writes = (text: string, words: RegExp) =>
    hears(() => telegram.operatorSends({ text }), words);

  /** Presses a button; resolves to the message that answers with these words. */
  const presses = ({ message_id: messageId }: ChatMessage, button: string, words: RegExp) =>
    hears(() => telegram.operatorPresses({ messageId, button }), words);

  /** Sends a prompt; resolves, when its turn is over, to what the model was told and the path it took. */
  async function asks(text: string) {
    const before = paths(stage).length;
    telegram.operatorSends({ text });
    await until(() => (paths(stage).length > before ? true : undefined));
    await settled(stage);
    const { prompts } = await model.seen(({ prompt }) => prompt === text);
    return { prompts, path: paths(stage).at(-1) };
  }

  return { writes, presses, asks };
}

/** The buttons under a message. */
export function labels({ reply_markup }: ChatMessage): string[] {
  return reply_markup?.inline_keyboard.flat().map(({ text }) => text) ?? [];
}

/** The workspace, or what is in it. */
export function inWorkspace(stage: Stage, ...path: string[]): string {
  return join(stage.env["WORKSPACE_DIR"] ?? "", ...path);
}

/** A folder of the workspace. */
export function plainFolder(stage: Stage, name: string): string {
  const directory = inWorkspace(stage, name);
  mkdirSync(directory, { recursive: true });
  return directory;
}

/** A folder of the workspace that is in git, with `kept.txt` committed. */
export function gitFolder(stage: Stage, name: string): string {
  const cwd = plainFolder(stage, name);
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@t", ...args], { cwd });
  git("init", "-q");
  writeFileSync(join(cwd, "kept.txt"), "one\n");
  git("add", ".");
  git("commit", "-qm", "first");
  return cwd;
}

/** A session that another client made, with a first prompt; resolves to its id once that was answered. */
export async function madeElsewhere(stage: Stage, title: string, text: string): Promise<string> {
  const query = `?directory=${encodeURIComponent(inWorkspace(stage))}`;
  const post = (path: string, body: object) =>
    stage.opencode(`${path}${query}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const { id } = (await (await post("/session", { title })).json()) as { id: string };
  if (text === "") return id;
  await post(`/session/${id}/prompt_async`, { parts: [{ type: "text", text }] });
  await until(async () => {
    const messages = (await (await stage.opencode(`/session/${id}/message`)).json()) as {
      info: { role: string; time: { completed?: number } };
    }[];
    return messages.some(({ info }) => info.time.completed) ? true : undefined;
  });
  return id;
}
