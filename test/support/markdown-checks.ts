import type { FormattedText } from "../../src/chat/formatted-text.ts";
import { renderMarkdown, splitFormatted } from "../../src/chat/markdown/render.ts";
import { areInOrder, type Written } from "./markdown-documents.ts";
import { faultsOf } from "./telegram-rules.ts";

/** What is wrong with the messages that a text becomes, in words; `limit` is that of a message. */
export function faultsOfMessages(markdown: string, limit?: number): string[] {
  const whole = renderMarkdown(markdown);
  const parts = splitFormatted(whole, limit);
  const faults = parts.flatMap((part) => faultsOf(part, limit));
  if (squeezed(parts.map(({ text }) => text).join("")) !== squeezed(whole.text)) {
    faults.push("splitting lost or changed something");
  }
  return faults;
}

/** What was lost of a document in its messages, in words. */
export function lossesOf({ markdown, words, codes }: Written, limit?: number): string[] {
  const parts = splitFormatted(renderMarkdown(markdown), limit);
  const faults: string[] = [];
  const text = parts.map((part) => part.text).join("\n");
  if (!areInOrder(words, text)) faults.push("words are missing or in another order");
  // A block goes on in the next message, with nothing between but the line end where it was cut.
  const code = parts.map((part) => codeIn(part)).join("\n");
  if (!areInOrder(codes, code)) faults.push("code has changed");
  return faults;
}

function codeIn({ text, entities }: FormattedText): string {
  return entities
    .filter(({ type }) => type === "pre" || type === "code")
    .map(({ offset, length }) => text.slice(offset, offset + length))
    .join("\n");
}

function squeezed(text: string): string {
  return text.replaceAll(/\s/g, "");
}
