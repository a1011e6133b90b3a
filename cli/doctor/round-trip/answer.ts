import { setTimeout as pause } from "node:timers/promises";
import type { AgentTerminals } from "../../../src/host/terminals.ts";
import type { Opencode } from "../../../src/opencode/client.ts";
import { textOf } from "../../../src/opencode/message-text.ts";

/** What became of a prompt that opencode has. */
export type Answer = { text: string } | { fault: string };

const lookEveryMs = 200;
const linesBack = 20;
// A model that is busy for a moment is asked again by opencode itself.
const mostAttempts = 2;

/** What waiting for an answer needs. */
export interface AnswerOptions {
  client: Pick<Opencode, "messages" | "statuses">;
  sessionId: string;
  directory: string;
  messageId: string;
  signal: AbortSignal;
}

/** The model's answer to a message, waited for. @throws when `signal` is aborted, or opencode fails. */
export async function answerTo(options: AnswerOptions): Promise<Answer> {
  const { client, sessionId, directory, messageId, signal } = options;
  for (;;) {
    const messages = await client.messages(sessionId, 20);
    for (const message of messages) {
      const { info } = message;
      if (info.role !== "assistant" || info.parentID !== messageId) continue;
      if (info.error) return { fault: wordsOf(info.error) };
      const text = textOf(message).trim();
      if (info.time.completed !== undefined && text !== "") return { text };
    }
    const status = (await client.statuses(directory))[sessionId];
    if (status?.type === "retry" && status.attempt >= mostAttempts)
      return { fault: status.message };
    await pause(lookEveryMs, undefined, { signal });
  }
}

/** What stands at the end of a terminal, in at most 100 characters; undefined if it is empty. @throws TmuxError */
export async function lastWords(
  terminals: Pick<AgentTerminals, "captureBack">,
  name: string,
): Promise<string | undefined> {
  // Where a program has ended, tmux moves what it wrote up by a line, and adds one of its own.
  const { text = "" } = (await terminals.captureBack(name, linesBack)) ?? {};
  const lines = text.split("\n").map((line) => line.trim());
  const said = lines.findLast((line) => line !== "" && !line.startsWith("Pane is dead"));
  return said?.slice(0, 100);
}

function wordsOf({ name, data }: { name: string; data?: unknown }): string {
  const { message } = (data ?? {}) as { message?: unknown };
  return typeof message === "string" && message !== "" ? `${name}: ${message}` : name;
}
