import type { Chat, Update, User } from "grammy/types";

/** A kind of update, by the name of its field. */
export type UpdateKind = Exclude<keyof Update, "update_id">;

const lifetimes: Record<string, number> = {
  callback_query: 150,
  inline_query: 30,
  chosen_inline_result: 600,
  shipping_query: 150,
  pre_checkout_query: 150,
};

/** Sent when the bot names no kinds; three more exist that must be asked for. */
export const defaultUpdates: readonly UpdateKind[] = [
  "message",
  "edited_message",
  "channel_post",
  "edited_channel_post",
  "business_connection",
  "business_message",
  "edited_business_message",
  "deleted_business_messages",
  "guest_message",
  "stopped_message_generation",
  "inline_query",
  "chosen_inline_result",
  "callback_query",
  "shipping_query",
  "pre_checkout_query",
  "purchased_paid_media",
  "poll",
  "poll_answer",
  "my_chat_member",
  "chat_join_request",
  "chat_boost",
  "removed_chat_boost",
  "managed_bot",
  "subscription",
];

/** Every kind there is. */
export const allUpdates: readonly UpdateKind[] = [
  ...defaultUpdates,
  "chat_member",
  "message_reaction",
  "message_reaction_count",
];

/** The one kind of this update. Throws when it has none. */
export function updateKind(update: Update): UpdateKind {
  const kind = Object.keys(update).find((key) => key !== "update_id");
  if (!kind) throw new Error(`update ${update.update_id} is of no kind`);
  return kind as UpdateKind;
}

/** The queue Telegram would put it in: a button press does not wait for the messages of its chat. */
export function queueOf(update: Update, kind: UpdateKind): string {
  const content = update[kind] as { chat?: Chat; from?: User; user?: User };
  const shared = /^(edited_)?(message|channel_post)$/.test(kind) ? "messages" : kind;
  return `${shared} ${content.chat?.id ?? content.from?.id ?? content.user?.id ?? ""}`;
}

/** When Telegram gives up on it, in milliseconds since the epoch: counted from a message's own date. */
export function lifetime(update: Update, kind: UpdateKind, now: number): number {
  const seconds = lifetimes[kind] ?? 86_400;
  const content = update[kind] as { date?: number; edit_date?: number };
  const start = content.edit_date ?? content.date;
  const born = start === undefined || kind === "callback_query" ? now : start * 1000;
  return born + seconds * 1000;
}
