import { shortened } from "../chat/formatted-text.ts";
import { onOneLine } from "../chat/hidden.ts";
import type { Prompt } from "../prompts/prompt.ts";
import { texts } from "../texts/texts.ts";

const longest = 40;

/** What an operator wrote, as an answer repeats it: shortened, on one line, and with nothing hidden in it. */
export function quoted(written: string): string {
  return shortened(onOneLine(written.slice(0, 2 * longest)), longest);
}

/** A prompt as a list in this conversation shows it, its files first: the words of another one stay there. */
export function promptInWords(
  { text, label, conversation }: Pick<Prompt, "text" | "label" | "conversation">,
  key: string,
  limit: number,
): string {
  if (conversation !== key) return texts.queue.ofAnother;
  const files = shortened(label, Math.ceil(limit / 2));
  return shortened([files, onOneLine(text)].filter(Boolean).join(" "), limit);
}
