import type { Message } from "grammy/types";
import type { Kept } from "../chats.ts";
import { checkKeyboard } from "../entities.ts";
import { badRequest } from "../refusal.ts";
import type { Payload } from "../schemas.ts";
import { seconds, type World } from "../world.ts";

type Sending = Omit<Payload<"sendMessage">, "text">;

/** Makes a message of the bot from what every sending method has in common, and shows it. */
export function compose(
  world: World,
  payload: Sending,
  content: Partial<Message>,
  { file, markdown }: Pick<Kept, "file" | "markdown"> = {},
): Message {
  const place = world.chats.find(payload.chat_id);
  const thread = payload.message_thread_id;
  if (thread !== undefined && !place.topics.has(thread))
    throw badRequest("message thread not found");
  checkKeyboard(payload.reply_markup);
  const repliesTo = repliedMessage(world, payload);
  const message = {
    message_id: world.chats.nextId(),
    from: world.me,
    chat: place.chat,
    date: seconds(world),
    ...(thread !== undefined && { message_thread_id: thread, is_topic_message: true }),
    ...(repliesTo && { reply_to_message: repliesTo }),
    ...inlineKeyboard(payload.reply_markup),
    ...content,
  } as Message;
  const beside = { ...(file && { file }), ...(markdown !== undefined && { markdown }) };
  const kept: Kept = { message, from: "bot", reactions: [], ...beside };
  world.chats.keep(kept);
  world.show(kept);
  return message;
}

/** The markup that stays on a message: an inline keyboard with buttons. */
export function inlineKeyboard(markup: object | undefined): Pick<Message, "reply_markup"> {
  if (!markup || !("inline_keyboard" in markup)) return {};
  const { inline_keyboard } = markup as NonNullable<Message["reply_markup"]>;
  return inline_keyboard.flat().length ? { reply_markup: { inline_keyboard } } : {};
}

function repliedMessage(world: World, { chat_id, reply_parameters: reply }: Sending) {
  if (!reply) return undefined;
  const place = world.chats.find(reply.chat_id ?? chat_id);
  const original = place.messages.get(reply.message_id)?.message;
  if (!original && !reply.allow_sending_without_reply) {
    throw badRequest("message to be replied not found");
  }
  if (!original) return undefined;
  const { reply_to_message: _, ...shallow } = original;
  return shallow as NonNullable<Message["reply_to_message"]>;
}
