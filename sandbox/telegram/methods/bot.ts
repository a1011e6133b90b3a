import type { ChatFullInfo } from "grammy/types";
import { badRequest } from "../refusal.ts";
import type { Payload } from "../schemas.ts";
import type { Handlers } from "../world.ts";

/** A button press can be answered as long as its update lives, in milliseconds. */
const pressLifetime = 150_000;

/** Methods about the bot itself, its chats and their topics. */
export const botMethods = {
  getMe: (world) => world.me,
  setMyCommands(world, payload) {
    if (payload.commands.length > 100) throw badRequest("BOT_COMMANDS_TOO_MUCH");
    for (const { command, description } of payload.commands) {
      if (!/^[a-z0-9_]{1,32}$/.test(command)) throw badRequest("BOT_COMMAND_INVALID");
      const length = description.trim().length;
      if (length < 1 || length > 256) throw badRequest("BOT_COMMAND_DESCRIPTION_INVALID");
    }
    world.commands.set(scopeKey(payload), payload.commands);
    return true;
  },
  getMyCommands: (world, payload) => [...(world.commands.get(scopeKey(payload)) ?? [])],
  answerCallbackQuery(world, { callback_query_id }) {
    const pressed = world.presses.get(callback_query_id);
    if (pressed !== undefined && world.now() - pressed < pressLifetime) return true;
    throw badRequest("query is too old and response timeout expired or query ID is invalid");
  },
  getChat(world, { chat_id }) {
    const { chat } = world.chats.find(chat_id);
    return { ...chat, accent_color_id: 0, max_reaction_count: 11 } as ChatFullInfo;
  },
  leaveChat(world, { chat_id }) {
    const { chat } = world.chats.find(chat_id);
    if (chat.type === "private")
      throw badRequest("chat member status can't be changed in private chats");
    world.chats.leave(chat.id);
    return true;
  },
  createForumTopic(world, { chat_id, name, icon_color }) {
    const { topics } = world.chats.find(chat_id);
    if (name.length < 1 || name.length > 128) throw badRequest("TOPIC_TITLE_INVALID");
    const message_thread_id = world.chats.nextId();
    topics.set(message_thread_id, name);
    return { message_thread_id, name, icon_color: icon_color ?? 7_322_096 };
  },
  editForumTopic(world, { chat_id, message_thread_id, name }) {
    const { topics } = world.chats.find(chat_id);
    const current = topics.get(message_thread_id);
    if (current === undefined) throw badRequest("message thread not found");
    topics.set(message_thread_id, name || current);
    return true;
  },
  deleteForumTopic(world, { chat_id, message_thread_id }) {
    const { topics, messages } = world.chats.find(chat_id);
    if (!topics.delete(message_thread_id)) throw badRequest("message thread not found");
    for (const [id, { message }] of messages) {
      if (message.message_thread_id === message_thread_id) messages.delete(id);
    }
    return true;
  },
} satisfies Partial<Handlers>;

const scopeKey = ({ scope, language_code }: Payload<"getMyCommands">) =>
  JSON.stringify([scope ?? { type: "default" }, language_code ?? ""]);
