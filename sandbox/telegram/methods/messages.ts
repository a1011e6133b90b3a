import { isDeepStrictEqual } from "node:util";
import type { Message } from "grammy/types";
import type { Kept } from "../chats.ts";
import { checkKeyboard } from "../entities.ts";
import { reactionEmoji } from "../reactions.ts";
import { badRequest } from "../refusal.ts";
import { richContent } from "../rich.ts";
import type { Result } from "../schemas.ts";
import { messageText, optionalText } from "../text.ts";
import { seconds, type Handlers, type World } from "../world.ts";
import { compose, inlineKeyboard } from "./compose.ts";

/** A message can be deleted for 48 hours. */
const deletable = 48 * 3600;

/** Methods that send, change and remove texts. */
export const messageMethods = {
  sendMessage(world, payload) {
    return compose(world, payload, textContent(payload)) as Message.TextMessage;
  },
  sendRichMessage(world, payload) {
    const { markdown } = payload.rich_message;
    const content = { rich_message: richContent(payload.rich_message) };
    return compose(world, payload, content, { markdown }) as Message.RichMessageMessage;
  },
  editMessageText(world, payload) {
    const { rich_message: rich } = payload;
    const content = rich ? { rich_message: richContent(rich) } : textContent(payload);
    checkKeyboard(payload.reply_markup);
    const kept = editable(world, payload);
    if (kept.message.text === undefined && kept.message.rich_message === undefined)
      throw badRequest("there is no text in the message to edit");
    if (rich) kept.markdown = rich.markdown;
    return edited(world, kept, { ...content, ...inlineKeyboard(payload.reply_markup) });
  },
  editMessageReplyMarkup(world, payload) {
    checkKeyboard(payload.reply_markup);
    const kept = editable(world, payload);
    const { text, entities, rich_message: rich } = kept.message;
    const content = {
      ...(text !== undefined && { text }),
      ...(entities && { entities }),
      ...(rich && { rich_message: rich }),
    };
    return edited(world, kept, { ...content, ...inlineKeyboard(payload.reply_markup) });
  },
  deleteMessage(world, { chat_id, message_id }) {
    const { message } = world.chats.message(chat_id, message_id, "message to delete not found");
    if (seconds(world) - message.date > deletable) throw badRequest("message can't be deleted");
    world.chats.find(chat_id).messages.delete(message_id);
    return true;
  },
  deleteMessages(world, { chat_id, message_ids }) {
    const { messages } = world.chats.find(chat_id);
    for (const id of message_ids) messages.delete(id);
    return true;
  },
  setMessageReaction(world, { chat_id, message_id, reaction = [] }) {
    const kept = world.chats.message(chat_id, message_id, "message to react not found");
    if (reaction.length > 1) throw badRequest("REACTIONS_TOO_MANY");
    const emoji = reaction.map((one) => one.emoji);
    if (!emoji.every((one) => reactionEmoji.has(one))) throw badRequest("REACTION_INVALID");
    kept.reactions = emoji;
    return true;
  },
  sendMessageDraft(world, payload) {
    const place = world.chats.find(payload.chat_id);
    if (place.chat.type !== "private") throw badRequest("PEER_ID_INVALID");
    if (payload.draft_id === 0) throw badRequest("draft_id must be non-zero");
    const thread = payload.message_thread_id;
    if (thread !== undefined && !place.topics.has(thread))
      throw badRequest("message thread not found");
    const { text } = optionalText(payload, 4096, "message is too long");
    const { chat_id, draft_id, can_stop = false, keep_on_stop = false } = payload;
    const shown = { chat_id, thread_id: thread, draft_id, text, can_stop, keep_on_stop };
    place.drafts.set(draft_id, { ...shown, at: world.now() });
    return true;
  },
  sendChatAction(world, { chat_id }) {
    world.chats.find(chat_id);
    return true;
  },
} satisfies Partial<Handlers>;

const notModified =
  "message is not modified: specified new message content and reply markup are exactly the same " +
  "as a current content and reply markup of the message";

function editable(
  world: World,
  { chat_id, message_id }: { chat_id: number | string; message_id: number },
) {
  const kept = world.chats.message(chat_id, message_id, "message to edit not found");
  if (kept.from !== "bot") throw badRequest("message can't be edited");
  return kept;
}

function textContent(payload: Parameters<typeof messageText>[0]) {
  const { text, entities } = messageText(payload);
  return { text, ...(entities.length && { entities }) };
}

type Editable = Pick<Message, "text" | "entities" | "rich_message" | "reply_markup">;
type EditedMessage = Extract<Result<"editMessageText">, Message.TextMessage>;

function edited(world: World, kept: Kept, content: Editable): EditedMessage {
  const { text, entities, rich_message, reply_markup, ...rest } = kept.message;
  const current = { text, entities, rich_message, reply_markup };
  const none = { text: undefined, entities: undefined, rich_message: undefined };
  const next = { ...none, reply_markup: undefined, ...content };
  if (isDeepStrictEqual(current, next)) throw badRequest(notModified);
  kept.message = { ...rest, ...content, edit_date: seconds(world) };
  world.show(kept);
  return kept.message as EditedMessage;
}
