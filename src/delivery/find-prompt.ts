import type { SessionMessage } from "../opencode/client.ts";
import { textOf } from "../opencode/message-text.ts";
import type { Prompt } from "../prompts/prompt.ts";

// A shorter text also occurs in other messages.
const leastAlike = 20;

/** The prompt among the messages that came after its attempt began: the one with its text. */
export function findPrompt(messages: SessionMessage[], prompt: Prompt): SessionMessage | undefined {
  return messages.find(
    (message) => message.info.role === "user" && textOf(message) === prompt.text.trim(),
  );
}

/**
 * The message a prompt became whose text a plugin of opencode's user has added to, or cut off. A short
 * text occurs in many other messages, and a wrong match would lose the prompt: it must be the first or
 * the last line.
 */
export function findChanged(
  messages: SessionMessage[],
  prompt: Prompt,
): SessionMessage | undefined {
  const text = prompt.text.trim();
  const isShort = text.length < leastAlike;
  return messages.find((message) => {
    if (message.info.role !== "user") return false;
    const written = textOf(message);
    if (isShort) return written.startsWith(`${text}\n`) || written.endsWith(`\n${text}`);
    const isCut = written.length > text.length / 2 && text.startsWith(written);
    return isCut || written.includes(text);
  });
}
