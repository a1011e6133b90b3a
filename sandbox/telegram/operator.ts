import { randomInt } from "node:crypto";
import type {
  Message,
  MessageEntity,
  MessageReactionUpdated,
  ReactionTypeEmoji,
  Update,
} from "grammy/types";
import type { Kept } from "./chats.ts";
import { callbackOf } from "./rich.ts";
import { fileContent, type SentFile } from "./sent-file.ts";
import { seconds, type World } from "./world.ts";

/** What the operator writes. */
export interface Said {
  text?: string;
  /** Default 1000, the chat that always exists; another one is made when it does not. */
  chatId?: number;
  /** Default: the private chat's own user, else 1000. */
  userId?: number;
  /** A topic; made when it does not exist. */
  threadId?: number;
  /** Id of the message this replies to. */
  replyTo?: number;
  /** A file; the text becomes its caption. */
  file?: SentFile;
  /** Fields of the Bot API's Message to add or replace. */
  message?: Partial<Message>;
}

/** What the operator presses: a button by its text or its callback data. */
export interface Pressed {
  messageId: number;
  button: string;
  chatId?: number;
  userId?: number;
}

/** Makes the message of a human, keeps it in its chat and returns it. */
export function said(world: World, words: Said): Message & Update.NonChannel {
  const chat = world.chats.ensure(words.chatId ?? 1000);
  const place = world.chats.find(chat.id);
  const { threadId, text, file } = words;
  if (threadId !== undefined && !place.topics.has(threadId)) {
    place.topics.set(threadId, `Topic ${threadId}`);
  }
  const repliesTo =
    words.replyTo === undefined ? undefined : place.messages.get(words.replyTo)?.message;
  const message = {
    message_id: world.chats.nextId(),
    from: world.chats.user(words.userId ?? (chat.type === "private" ? chat.id : 1000)),
    chat,
    date: seconds(world),
    ...(threadId !== undefined && { message_thread_id: threadId, is_topic_message: true }),
    ...(repliesTo && { reply_to_message: repliesTo }),
    ...(file ? fileContent(world, file, text) : textContent(text ?? "")),
    ...words.message,
  } as Message & Update.NonChannel;
  const kept: Kept = { message, from: "operator", reactions: [] };
  world.chats.keep(file ? { ...kept, file: { name: file.name, bytes: file.bytes } } : kept);
  return structuredClone(message);
}

/** Changes the text of a human's message. Throws when there is no such message. */
export function changed(world: World, chatId: number, messageId: number, text: string) {
  const kept = world.chats.message(chatId, messageId, `no message ${messageId}`);
  kept.message = { ...kept.message, ...textContent(text), edit_date: seconds(world) };
  return structuredClone(kept.message) as Message & Update.Edited & Update.NonChannel;
}

/** What the operator reacts with. */
export interface ReactedWith {
  messageId: number;
  /** All reactions that the operator has on the message from now on; none takes them back. */
  emoji: ReactionTypeEmoji["emoji"][];
  chatId?: number;
  userId?: number;
}

/** Makes the change of a human's reactions. Throws when there is no such message. */
export function reacted(
  world: World,
  { messageId, emoji, chatId = 1000, userId }: ReactedWith,
): MessageReactionUpdated {
  const kept = world.chats.message(chatId, messageId, `no message ${messageId}`);
  const user = world.chats.user(userId ?? (chatId > 0 ? chatId : 1000));
  const before = kept.reactedBy?.get(user.id) ?? [];
  kept.reactedBy = new Map(kept.reactedBy).set(user.id, emoji);
  const types = (list: ReactionTypeEmoji["emoji"][]) =>
    list.map((one) => ({ type: "emoji" as const, emoji: one }));
  return {
    chat: structuredClone(kept.message.chat),
    message_id: messageId,
    user,
    date: seconds(world),
    old_reaction: types(before),
    new_reaction: types(emoji),
  };
}

/** Makes the callback query of a button press. Throws when the message has no such button. */
export function pressed(world: World, { messageId, button, chatId = 1000, userId }: Pressed) {
  const { message } = world.chats.message(chatId, messageId, `no message ${messageId}`);
  const data = callbackOf(message, button);
  if (data === undefined) {
    const names = message.reply_markup?.inline_keyboard.flat().map((one) => one.text);
    throw new Error(
      `message ${messageId} has no button "${button}"; its buttons: ${names?.join(", ") ?? "none"}`,
    );
  }
  const id = `${randomInt(2 ** 47)}`;
  world.presses.set(id, world.now());
  return {
    id,
    from: world.chats.user(userId ?? (chatId > 0 ? chatId : 1000)),
    message: structuredClone(message),
    chat_instance: `${chatId}`,
    data,
  } satisfies Update["callback_query"];
}

function textContent(text: string): Partial<Message> {
  const entities = commandsIn(text);
  return { text, ...(entities.length && { entities }) };
}

/** Telegram marks commands in what people write; bots recognise them by that. */
function commandsIn(text: string): MessageEntity[] {
  return [...text.matchAll(/(?<![\w/])\/\w{1,64}(@\w{3,32})?(?![\w/])/g)].map((match) => ({
    type: "bot_command" as const,
    offset: match.index,
    length: match[0].length,
  }));
}
