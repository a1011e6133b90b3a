import type { Message, Update } from "grammy/types";

/** Whose words count: numeric ids only, since user names can be handed on. */
export interface AllowList {
  chats: number[];
  users: number[];
}

/** Why an update is ignored; the log counts these and says nothing of a stranger. */
export type IgnoredBecause =
  | "kind"
  | "no sender"
  | "bot"
  | "user not allowed"
  | "sent as a channel"
  | "business or guest"
  | "via a bot"
  | "chat not allowed";

/** Whether a user is an operator and this chat is allowed. */
export function isOperator(userId: number, chatId: number, allowed: AllowList): boolean {
  return isAllowedUser(userId, chatId, allowed) && allowed.chats.includes(chatId);
}

// A private chat has one user, whose id is its own: to allow the chat is to allow that user there.
function isAllowedUser(userId: number, chatId: number, { chats, users }: AllowList): boolean {
  return users.includes(userId) || (userId === chatId && chats.includes(chatId));
}

/**
 * The one gate for words from outside: undefined when the update comes from an operator, else the
 * reason to ignore it. Only messages, their edits, button presses, reactions and Telegram's own Stop pass;
 * everything else is ignored by default. A chat id alone would admit every member of a group, and a user id alone every group
 * that user is in, so both must be allowed.
 */
export function ignoredBecause(update: Update, allowed: AllowList): IgnoredBecause | undefined {
  if (update.stopped_message_generation) return stopIgnoredBecause(update, allowed);
  const { callback_query: press, message_reaction: reacted } = update;
  const written = update.message ?? update.edited_message;
  if (!written && !press && !reacted) return "kind";
  // One that is anonymous names a chat in place of its user (Bot API, MessageReactionUpdated).
  if (reacted?.actor_chat) return "sent as a channel";
  const place = written ?? press?.message ?? reacted;
  const from = written?.from ?? press?.from ?? reacted?.user;
  if (!place || !from) return "no sender";
  if (from.is_bot) return "bot";
  const { chat } = place;
  if (!isAllowedUser(from.id, chat.id, allowed)) return "user not allowed";
  // What follows describes the author, and the message under a button is the bot's own.
  if (written) {
    const reason = impersonation(written);
    if (reason) return reason;
  }
  if (!allowed.chats.includes(chat.id)) return "chat not allowed";
  if (chat.type === "private" && chat.id !== from.id) return "chat not allowed";
  return undefined;
}

/** It names no user: only a private chat is its user (Bot API, MessageGenerationStopped). */
function stopIgnoredBecause(
  { stopped_message_generation: stopped }: Update,
  allowed: AllowList,
): IgnoredBecause | undefined {
  if (stopped?.chat.type !== "private") return "no sender";
  const { id } = stopped.chat;
  if (!isAllowedUser(id, id, allowed)) return "user not allowed";
  return allowed.chats.includes(id) ? undefined : "chat not allowed";
}

// Anonymous admins, channels that post as themselves and linked-channel forwards all carry
// `sender_chat`; their `from` is one of Telegram's stand-in accounts.
function impersonation(message: Message): IgnoredBecause | undefined {
  if (message.sender_chat || message.is_automatic_forward) return "sent as a channel";
  if (message.business_connection_id || "guest_query_id" in message) return "business or guest";
  if (message.via_bot) return "via a bot";
  return undefined;
}
