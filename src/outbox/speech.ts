import { type RichMessageText, withHead as withRichHead } from "../chat/rich/rich.ts";
import { maxCaptionLength, maxTextLength } from "../chat/limits.ts";
import type { Transaction } from "../store/store.ts";
import { withAlbum } from "./album.ts";

type Payload = Record<string, unknown>;

/** Whose words a message holds, and what they answer. What is shown of it is decided when the message is sent. */
export interface Speech {
  /** What the agent was called when it spoke. */
  agent: string;
  /** The opencode session in which it spoke; undefined when that is not known. */
  session: string | undefined;
  /** The author of the prompt that made it speak, whom its buttons are for; any operator when undefined. */
  operator?: number | undefined;
  /** The message that it answers, which it quotes if others came since; only the first of a turn does. */
  answers?: number | undefined;
  /** The last message of what was said: the one with buttons. */
  isLast?: boolean;
  /** The agent's id, which says who it is where its session is not known. */
  id?: string | undefined;
  /** The words themselves begin with the agent's name. */
  isNamed?: boolean;
  /** The words name the agent, as it was called then. */
  namesAgent?: boolean;
  /** Telegram has refused formatting, so the agent's name has none either. */
  isPlain?: boolean;
}

/** What stands before and below the words of an agent that the conversation is not bound to. */
export interface Introduction {
  /** The first line: the agent's name; undefined where the words begin with it. */
  head: string | undefined;
  /** A button to talk to it. */
  button?: { text: string; callback_data: string } | undefined;
}

/** Says whether a message has to tell who speaks, as of the transaction in which it is about to be sent. */
export type Introduce = (
  transaction: Transaction,
  call: { id: number; conversation: string; speech: Speech },
) => Promise<Introduction | undefined>;

/** Room that the parts of an agent's words leave for who speaks, in UTF-16 units. */
export const introductionRoom = 64;

/** Most UTF-16 units of an agent's words in one message. */
export const longestSpoken = maxTextLength - introductionRoom;

/** What a part of an agent's words is, of `count` messages that make them up. */
export function speechOfPart(
  speech: Speech | undefined,
  index: number,
  count: number,
): Speech | undefined {
  if (!speech) return undefined;
  const { answers, ...rest } = speech;
  return { ...rest, ...(index === 0 && { answers }), isLast: index === count - 1 };
}

/** Notes a message of a conversation that is newer than those that are known. */
export async function noteMessage(
  transaction: Transaction,
  conversation: string,
  messageId: number,
): Promise<void> {
  await transaction.run(
    `INSERT INTO last_messages (conversation, message_id) VALUES (?, ?)
     ON CONFLICT (conversation) DO UPDATE SET message_id = excluded.message_id
     WHERE last_messages.message_id < excluded.message_id`,
    conversation,
    messageId,
  );
}

/** Forgets the messages of a conversation whose key is no longer used. */
export async function forgetMessages(transaction: Transaction, key: string): Promise<void> {
  await transaction.run("DELETE FROM last_messages WHERE conversation = ?", key);
}

/** An agent's words as they go out now. */
export interface Spoken {
  payload: Payload;
  /** The fields of a message that has to follow, with the button of an album, which can have none. */
  below?: Payload;
}

/** An agent's words as they go out now: with the quote and the speaker that they need. */
export async function spoken(
  transaction: Transaction,
  call: { id: number; conversation: string; payload: Payload; speech: Speech },
  introduce: Introduce,
): Promise<Spoken> {
  const { speech, conversation } = call;
  const introduction = await introduce(transaction, call);
  const now = introduction ? introduced(call.payload, introduction, speech) : call;
  const { payload, below } = { below: undefined, ...now };
  const rest = below && { below };
  const { answers } = speech;
  if (answers === undefined || !(await isPassed(transaction, conversation, answers))) {
    return { payload, ...rest };
  }
  // It may have been deleted.
  const reply = { message_id: answers, allow_sending_without_reply: true };
  return { payload: { ...payload, reply_parameters: reply }, ...rest };
}

/** Whether another message stands below one. */
async function isPassed(
  transaction: Transaction,
  conversation: string,
  messageId: number,
): Promise<boolean> {
  const row = await transaction.get<{ message_id: number }>(
    "SELECT message_id FROM last_messages WHERE conversation = ?",
    conversation,
  );
  return row !== undefined && row.message_id > messageId;
}

interface Entity {
  offset: number;
}

interface Keyboard {
  inline_keyboard?: object[][];
}

function introduced(
  payload: Payload,
  { head, button }: Introduction,
  { agent, isLast, isPlain }: Speech,
): Spoken {
  const named = head === undefined ? payload : withHead(payload, head, isPlain !== true);
  if (!button || !isLast) return { payload: named };
  if (payload["media"] !== undefined) {
    const below = { text: head ?? agent, reply_markup: { inline_keyboard: [[button]] } };
    return { payload: named, below };
  }
  const { inline_keyboard: rows = [] } = (payload["reply_markup"] ?? {}) as Keyboard;
  const reply_markup = { inline_keyboard: [...rows, [button]] };
  return { payload: { ...named, reply_markup } };
}

/** The same with a first line in bold; a text that has no room for it stays as it is. */
function withHead(payload: Payload, head: string, isBold: boolean): Payload {
  const { rich_message: rich } = payload as { rich_message?: RichMessageText };
  if (rich) return { ...payload, rich_message: withRichHead(rich, head) };
  const album = withAlbum(payload, (item, index) =>
    index === 0 ? withHead(item, head, isBold) : undefined,
  );
  if (album) return album;
  const [field, entityField, limit] =
    payload["text"] === undefined
      ? (["caption", "caption_entities", maxCaptionLength] as const)
      : (["text", "entities", maxTextLength] as const);
  const { [field]: given } = payload;
  const text = typeof given === "string" ? given : "";
  const before = text === "" ? head : `${head}\n`;
  if (before.length + text.length > limit) return payload;
  if (!isBold) return { ...payload, [field]: before + text };
  const entities = (payload[entityField] ?? []) as Entity[];
  const moved = entities.map((entity) => ({ ...entity, offset: entity.offset + before.length }));
  const bold = { type: "bold", offset: 0, length: head.length };
  return { ...payload, [field]: before + text, [entityField]: [bold, ...moved] };
}
