import type { MaybeInaccessibleMessage, Message } from "grammy/types";
import { toMarkdown } from "./entity-markdown.ts";
import { mediaFile, mediaText } from "./media.ts";
import { onOneLine } from "./hidden.ts";
import { type Piece, textOfPieces } from "./pieces.ts";
import { richMarkdown } from "./rich-text.ts";

// A name may have any length.
const longestName = 100;

/**
 * The prompt a message makes: all that a reader of the chat sees in it, as Markdown. A forwarded
 * message is quoted, so that its author gives no orders. An answer to a message quotes that message,
 * by the part that its author selected if there is one. Empty for a file without words, and undefined for a message
 * that holds nothing which can be passed on.
 */
export function promptText(message: Message): string | undefined {
  const piece = pieceOf(message);
  return piece && textOfPieces([piece]);
}

/** What one message says as part of a prompt, undefined for one that holds nothing which can be passed on. */
export function pieceOf(message: Message): Piece | undefined {
  const { text, entities = [] } = message;
  const said = contentOf(message) ?? (mediaFile(message) && "");
  if (said === undefined) return undefined;
  if (message.forward_origin) {
    const quoted = quote("Forwarded message:", said || fileWords(message));
    return { kind: "forward", head: "", text: quoted, entities: [] };
  }
  const answered = answeredText(message);
  const head = answered === undefined ? "" : quote("In reply to:", answered);
  if (text !== undefined) return { kind: "text", head, text, entities };
  return { kind: "markdown", head, text: said, entities: [] };
}

/**
 * The prompt that the press of a button makes which an agent has put below its words: it quotes the message, as
 * far as Telegram still shows it, and names the choice.
 */
export function choiceText(message: MaybeInaccessibleMessage, choice: string): string {
  const text = `Pressed the button: ${choice}`;
  // One that is too old has the date 0 and no text (Bot API, InaccessibleMessage).
  const shown = message as NonNullable<Message["reply_to_message"]>;
  const answered = message.date === 0 ? undefined : answeredText({ reply_to_message: shown });
  return answered === undefined ? text : `${quote("In reply to:", answered)}\n\n${text}`;
}

/** What stands around the words of a recording in the prompt that they make. */
export interface AroundWords {
  /** The message that it answers, quoted, and its caption. */
  before: string;
  /** Someone else's words give no orders. */
  isForwarded: boolean;
  /** The prompt without the words, where the recording itself goes with it. */
  without: string;
}

/** What stands around the words of a message that was spoken, as `promptText` has it around written ones. */
export function aroundWords(message: Message): AroundWords {
  const isForwarded = message.forward_origin !== undefined;
  const answered = isForwarded ? undefined : answeredText(message);
  const before = [
    ...(answered === undefined ? [] : [quote("In reply to:", answered)]),
    contentOf(message) ?? [],
  ].flat();
  return { before: before.join("\n\n"), isForwarded, without: promptText(message) ?? "" };
}

/** The prompt that words make which were heard in a recording, or an operator's correction of them. */
export function spokenText(
  { before, isForwarded }: Omit<AroundWords, "without">,
  words: string,
): string {
  const said = [...(before === "" ? [] : [before]), words].join("\n\n");
  return isForwarded ? quote("Forwarded voice message:", said) : said;
}

/** The words of a message of text alone, whatever it answers, as Markdown; undefined for another one. */
export function ownText(message: Message): string | undefined {
  const { text, rich_message: rich } = message;
  return text === undefined && !rich ? undefined : contentOf(message);
}

/** All that is said with a message; what it holds besides words, such as a place, comes first. */
function contentOf(message: Message): string | undefined {
  const { text, entities, rich_message: rich, caption, caption_entities } = message;
  if (text !== undefined) return toMarkdown(text, entities);
  const words = caption && toMarkdown(caption, caption_entities);
  const said = [mediaText(message), words].filter(Boolean).join("\n\n");
  // One of pictures alone has no text.
  return said || (rich && richMarkdown(rich)) || undefined;
}

/** What stands for a file where no file goes with the words. */
function fileWords(message: Message): string {
  const file = mediaFile(message);
  return file ? `(${file.media} ${onOneLine(file.original.slice(0, longestName))})` : "";
}

/** What a message answers; undefined when it answers none, or one without words. */
function answeredText({
  quote: part,
  reply_to_message: answered,
}: Pick<Message, "quote" | "reply_to_message">): string | undefined {
  if (part) return toMarkdown(part.text, part.entities);
  if (!answered) return undefined;
  const text = [fileWords(answered), contentOf(answered)].filter(Boolean).join("\n");
  return text.trim() ? text : undefined;
}

function quote(head: string, text: string): string {
  return [head, ...text.split("\n").map((line) => `> ${line}`)].join("\n");
}

/** A command at the start of a message that its author wrote. */
export interface WrittenCommand {
  name: string;
  /** The bot it is addressed to, without `@`; undefined for any bot. */
  bot: string | undefined;
  argument: string;
}

// What Telegram marks no command in.
const isOther = new Set(["code", "pre", "url", "text_link"]);

/**
 * The command a message is, if it is one; a forwarded message never is. Telegram marks a command by an
 * entity, also before a full stop (`/stop.`), and marks none in `/etc/hosts is wrong` or `//comment`. A
 * text that begins with another entity, such as code, is none.
 */
export function writtenCommand(message: Message): WrittenCommand | undefined {
  const { text, entities = [] } = message;
  if (text === undefined || message.forward_origin) return undefined;
  const first = entities.filter(({ offset }) => offset === 0);
  const marked = first.find(({ type }) => type === "bot_command");
  if (!marked && first.some(({ type }) => isOther.has(type))) return undefined;
  const length = marked
    ? marked.length
    : (/^\/\w{1,32}(?:@\w{5,32})?(?=\s|$)/.exec(text)?.[0].length ?? 0);
  const [, name, bot] = /^\/(\w+)(?:@(\w+))?$/.exec(text.slice(0, length)) ?? [];
  if (name === undefined) return undefined;
  // What ends a sentence right after the command is not its argument.
  const argument = text
    .slice(length)
    .replace(/^[^\p{L}\p{N}\s]+/u, "")
    .trim();
  return { name: name.toLowerCase(), bot, argument };
}

/**
 * The command that a message is which begins with `! `: `/sh` with what follows. A forwarded message is none,
 * and neither is one that begins with code.
 */
export function writtenShell(message: Message): WrittenCommand | undefined {
  const { text = "", entities = [] } = message;
  if (!text.startsWith("! ") || message.forward_origin) return undefined;
  if (entities.some(({ offset, type }) => offset === 0 && isOther.has(type))) return undefined;
  return { name: "sh", bot: undefined, argument: text.slice(2).trim() };
}
