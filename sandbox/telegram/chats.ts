import type {
  Chat,
  InlineKeyboardMarkup,
  Message,
  MessageEntity,
  ReactionTypeEmoji,
  RichMessage,
  User,
} from "grammy/types";
import { badRequest } from "./refusal.ts";

/** A message as the operator sees it. A snapshot: later edits do not change it. */
export interface ChatMessage {
  message_id: number;
  chat_id: number;
  thread_id: number | undefined;
  from: "operator" | "bot";
  /** Text, Markdown of a rich message, or caption of a file. */
  text: string;
  entities: MessageEntity[];
  /** Of a rich message, what Telegram made of its Markdown. */
  rich?: RichMessage | undefined;
  reply_markup: InlineKeyboardMarkup | undefined;
  reply_to: number | undefined;
  edited: boolean;
  file: { name: string; bytes: Buffer } | undefined;
  /** Emoji the bot put on it. */
  reactions: string[];
  /** The Bot API's own form of it. */
  message: Message;
}

/** A kept message: the Bot API's object and what that object does not say. */
export interface Kept {
  message: Message;
  from: "operator" | "bot";
  file?: { name: string; bytes: Buffer };
  /** What a rich message was made from. */
  markdown?: string;
  reactions: string[];
  /** What each human reacted with. */
  reactedBy?: Map<number, ReactionTypeEmoji["emoji"][]>;
}

/** How long a draft is shown after the call for it, in milliseconds. */
const draftLifetime = 30_000;

/** A draft the bot streams; it vanishes after 30 s, and when the bot sends a message to the same place. */
export interface Draft {
  chat_id: number;
  thread_id: number | undefined;
  draft_id: number;
  text: string;
  can_stop: boolean;
  keep_on_stop: boolean;
  /** When it was sent, in milliseconds since the epoch. */
  at: number;
}

interface Place {
  chat: Chat;
  topics: Map<number, string>;
  messages: Map<number, Kept>;
  drafts: Map<number, Draft>;
}

/** Chats, their topics, messages and drafts. Message ids are unique over all chats. */
export class Chats {
  #places = new Map<number, Place>();
  #users = new Map<number, User>();
  #lastMessageId = 0;

  /** A chat with nothing in it. */
  open(chat: Chat) {
    this.#places.set(chat.id, { chat, topics: new Map(), messages: new Map(), drafts: new Map() });
  }

  /** The bot is no longer in it. */
  leave(chatId: number) {
    this.#places.delete(chatId);
  }

  /** The chat, made when it does not exist: private for a positive id, a supergroup for others. */
  ensure(chatId: number): Chat {
    if (!this.#places.has(chatId)) {
      const { first_name } = this.user(chatId);
      const supergroup = { id: chatId, type: "supergroup", title: `Group ${-chatId}` } as const;
      this.open(chatId > 0 ? { id: chatId, type: "private", first_name } : supergroup);
    }
    return this.find(chatId).chat;
  }

  /** A human of this id, always the same one. */
  user(id: number): User {
    const known = this.#users.get(id) ?? {
      id,
      is_bot: false,
      first_name: id === 1000 ? "Operator" : `User ${id}`,
    };
    this.#users.set(id, known);
    return known;
  }

  /** Throws Telegram's `chat not found`. */
  find(chatId: number | string): Place {
    const place = this.#places.get(Number(chatId));
    if (!place) throw badRequest("chat not found");
    return place;
  }

  /** Throws `missing` when the chat has no such message. */
  message(chatId: number | string, messageId: number, missing: string): Kept {
    const kept = this.find(chatId).messages.get(messageId);
    if (!kept) throw badRequest(missing);
    return kept;
  }

  /** The id for a new message or topic. */
  nextId(): number {
    this.#lastMessageId += 1;
    return this.#lastMessageId;
  }

  /** Puts a message into its chat. One of the bot ends the drafts of its thread. */
  keep(kept: Kept) {
    const place = this.find(kept.message.chat.id);
    place.messages.set(kept.message.message_id, kept);
    if (kept.from !== "bot") return;
    for (const draft of place.drafts.values()) {
      if (draft.thread_id === kept.message.message_thread_id) place.drafts.delete(draft.draft_id);
    }
  }

  /** What a chat shows, oldest first; empty for a chat that does not exist. */
  shows(chatId: number): ChatMessage[] {
    return [...(this.#places.get(chatId)?.messages.values() ?? [])].map(view);
  }

  /** The drafts a chat shows at a time (milliseconds since the epoch). */
  drafts(chatId: number, now: number): Draft[] {
    const { drafts } = this.find(chatId);
    return [...drafts.values()].filter(({ at }) => now - at < draftLifetime);
  }

  /** Every chat's id. */
  ids(): number[] {
    return [...this.#places.keys()];
  }
}

/** The operator's view of a message, independent of later changes. */
export function view({ message, from, file, markdown = "", reactions }: Kept): ChatMessage {
  const copy = structuredClone(message);
  return {
    message_id: copy.message_id,
    chat_id: copy.chat.id,
    thread_id: copy.message_thread_id,
    from,
    text: copy.text ?? copy.caption ?? markdown,
    entities: copy.entities ?? copy.caption_entities ?? [],
    rich: copy.rich_message,
    reply_markup: copy.reply_markup,
    reply_to: copy.reply_to_message?.message_id,
    edited: copy.edit_date !== undefined,
    file,
    reactions: [...reactions],
    message: copy,
  };
}
