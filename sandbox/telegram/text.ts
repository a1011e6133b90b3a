import type { MessageEntity } from "grammy/types";
import { checkEntities } from "./entities.ts";
import { badRequest } from "./refusal.ts";

/** A text as a chat shows it, with the entities on it. */
export interface FormattedText {
  text: string;
  entities: MessageEntity[];
}

interface TextInput {
  text?: string | undefined;
  entities?: MessageEntity[] | undefined;
  parse_mode?: string | undefined;
}

const maxEntities = 100;
/** CR and the bidi and line controls U+2028–202E vanish; every other control but LF becomes a space. */
// oxlint-disable-next-line no-control-regex
const vanishing = /[\r\u2028-\u202e]/;
// oxlint-disable-next-line no-control-regex
const blanked = /[\0-\t\v-\x1f]/;
const invisible = /^[\s\u200b-\u200f\u2060-\u2064\ufeff]*$/u;

/**
 * What Telegram makes of a message text: the text cleaned and trimmed, with entities moved along.
 * Throws the refusal Telegram gives for an empty or too long text or a bad entity. The limit is in
 * code points (TDLib, MessageContent.cpp).
 */
export function messageText(input: TextInput): FormattedText {
  const formatted = treated(input);
  if (formatted.text === "") throw badRequest("message text is empty");
  if (codePoints(formatted.text) > 4096) throw badRequest("message is too long");
  return formatted;
}

const codePoints = (text: string) => Array.from(text).length;

/** Like `messageText` for captions and drafts, which may be empty; the refusal for length is given. */
export function optionalText(input: TextInput, limit: number, tooLong: string): FormattedText {
  const formatted = treated(input);
  if (codePoints(formatted.text) > limit) throw badRequest(tooLong);
  return formatted;
}

function treated({ text = "", entities = [], parse_mode }: TextInput): FormattedText {
  if (parse_mode) throw badRequest("the sandbox reads entities, not parse_mode");
  if (!text.isWellFormed()) throw badRequest("strings must be encoded in UTF-8");
  if (Buffer.byteLength(text) > 32_768) throw badRequest("text is too long");
  checkEntities(text, entities);
  if (invisible.test(text)) return { text: "", entities: [] };
  return trimmed(cleaned({ text, entities }));
}

function cleaned({ text, entities }: FormattedText): FormattedText {
  const kept: string[] = [];
  const moved: number[] = [];
  for (const unit of text.split("")) {
    moved.push(kept.length);
    if (!vanishing.test(unit)) kept.push(blanked.test(unit) ? " " : unit);
  }
  moved.push(kept.length);
  const at = (offset: number) => moved[offset] ?? kept.length;
  return {
    text: kept.join(""),
    entities: entities.map((entity) => ({
      ...entity,
      offset: at(entity.offset),
      length: at(entity.offset + entity.length) - at(entity.offset),
    })),
  };
}

/** TDLib takes leading space only up to the first entity, and cuts entities at the trimmed end. */
function trimmed({ text, entities }: FormattedText): FormattedText {
  const first = Math.min(text.length, ...entities.map((entity) => entity.offset));
  const start = Math.min(first, text.length - text.trimStart().length);
  const result = text.slice(start).trimEnd();
  const clipped = entities
    .map((entity) => {
      const offset = entity.offset - start;
      return { ...entity, offset, length: Math.min(entity.length, result.length - offset) };
    })
    .filter((entity) => entity.length > 0);
  return { text: result, entities: limited(clipped) };
}

/** Beyond 100 entities the plain styles are the ones dropped (TDLib, get_input_message_entities). */
function limited(entities: MessageEntity[]): MessageEntity[] {
  const plain = new Set(["bold", "italic", "underline", "strikethrough", "spoiler"]);
  const byWorth = [
    ...entities.filter((entity) => !plain.has(entity.type)),
    ...entities.filter((entity) => plain.has(entity.type)),
  ];
  const kept = new Set(byWorth.slice(0, maxEntities));
  return entities.filter((entity) => kept.has(entity));
}
