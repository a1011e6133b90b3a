import type { Conversation } from "../chat/conversation.ts";
import { type FormattedText, joined } from "../chat/formatted-text.ts";
import { renderMarkdown, renderPlain, splitFormatted } from "../chat/markdown/render.ts";
import type { Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import { writeDocument } from "./documents.ts";
import type { KeptFile, KeptFiles } from "./kept-files.ts";
import { messagePart, type SaidPart, type SayOptions, sayParts } from "./say.ts";
import { type RichAnswer, richCall } from "./rich-answer.ts";
import { droppedFileSignal } from "./share.ts";
import { longestSpoken } from "./speech.ts";

/** How an agent means its words. */
export type Format = "markdown" | "text";

/** Words of an agent, ready to be sent. */
export interface Answer {
  messages: FormattedText[];
  /** All of it, where the messages are only the beginning. */
  document: KeptFile | undefined;
  /** What one rich message of it is made from; undefined for what is no Markdown or too long. */
  rich: RichAnswer | undefined;
}

/** An answer without words of the agent. */
export const noAnswer: Answer = { messages: [], document: undefined, rich: undefined };

/** How an answer is made. */
export interface AnswerOptions {
  format?: Format | undefined;
  /** Switchboard's own words before those of the agent; they are no Markdown. */
  before?: string | undefined;
}

/** Where the documents of long answers wait to be sent. */
export type AnswerFiles = Pick<KeptFiles, "place" | "flush" | "drop">;

/** What needs more messages comes as the first of them, and as a document. */
const maxMessages = 5;
// A longer one needs more messages in any case, and each takes a moment to render (20 ms).
const longestRendered = 60_000;

/**
 * Makes messages of an agent's words, formatted unless `format` is `text`. Of those that need more than 5
 * messages it is the beginning, and the whole as a document, which is on disk when this resolves; `drop`
 * it if the answer is not sent after all.
 */
export async function prepareAnswer(
  files: AnswerFiles,
  words: string,
  { format = "markdown", before = "" }: AnswerOptions = {},
): Promise<Answer> {
  const shown = words.slice(0, longestRendered);
  const body = format === "text" ? renderPlain(shown) : renderMarkdown(shown);
  const messages = splitFormatted(joined(before, body), longestSpoken);
  const isWhole = shown.length === words.length;
  const rich =
    isWhole && format === "markdown" ? { markdown: words, before, parts: messages } : undefined;
  if (messages.length <= maxMessages && isWhole) return { messages, document: undefined, rich };
  const name = format === "text" ? "answer.txt" : "answer.md";
  const rest = `\n\n${texts.replies.attached({ name })}`;
  const [beginning] = splitFormatted(joined(before, body), longestSpoken - rest.length);
  const document = await writeDocument(files, name, words);
  return { messages: [joined(beginning ?? "", rest)], document, rich };
}

/** The same with Switchboard's own words below it: in its last message where they fit, else in one more. */
export function withNotice(answer: Answer, notice: string | undefined): Answer {
  if (notice === undefined) return answer;
  const { messages, document, rich } = answer;
  const below = (parts: readonly FormattedText[]) => {
    const last = parts.at(-1);
    const whole = last && joined(last, `\n\n${notice}`);
    const fits = whole && whole.text.length <= longestSpoken;
    return fits ? [...parts.slice(0, -1), whole] : [...parts, joined(notice)];
  };
  return {
    messages: below(messages),
    document,
    rich: rich && { ...rich, after: notice, parts: below(rich.parts) },
  };
}

/** The parts that an answer is sent in: one rich message where its conversation chose that and it helps. */
export async function partsOf(
  transaction: Transaction,
  conversation: Conversation,
  { messages, document, rich }: Answer,
): Promise<SaidPart[]> {
  const whole = rich && (await richCall(transaction, conversation, rich));
  if (!whole) return [...messages.map(messagePart), ...(document ? [filePart(document)] : [])];
  // All of it is in the one message.
  if (document) transaction.notify(droppedFileSignal, document.path);
  return [whole];
}

/** A file as part of what is said. */
export function filePart({ path, name }: Pick<KeptFile, "path" | "name">): SaidPart {
  return { method: "sendDocument", fields: { document: { path, name } } };
}

/** Adds an answer for a conversation to the outbox; resolves to the call of its last part. */
export async function sayAnswer(
  transaction: Transaction,
  conversation: Conversation,
  answer: Answer,
  options: SayOptions,
): Promise<number | undefined> {
  const parts = await partsOf(transaction, conversation, answer);
  return sayParts(transaction, conversation, parts, options);
}
