import { Ajv, type ValidateFunction } from "ajv";
import type { Update } from "grammy/types";

// The store does not give back larger numbers, and `Date` knows no later second.
const id = {
  type: "integer",
  minimum: Number.MIN_SAFE_INTEGER,
  maximum: Number.MAX_SAFE_INTEGER,
};
const latestSecond = 8.64e12;
const text = { type: "string" };
const user = {
  type: "object",
  required: ["id", "is_bot"],
  properties: { id, is_bot: { type: "boolean" } },
};
const entity = {
  type: "object",
  required: ["type", "offset", "length"],
  properties: { type: text, offset: { type: "integer" }, length: { type: "integer" } },
};
const chat = { type: "object", required: ["id", "type"], properties: { id, type: text } };
const message = {
  type: "object",
  required: ["message_id", "date", "chat"],
  properties: {
    message_id: id,
    date: { type: "integer", minimum: 0, maximum: latestSecond },
    chat,
    from: user,
    text,
    entities: { type: "array", items: entity },
    message_thread_id: id,
  },
};

const reactions = {
  type: "array",
  items: { type: "object", required: ["type"], properties: { type: text, emoji: text } },
};

// Only what the code reads of an update before grammY does; Telegram adds fields at any time.
const shape = {
  type: "object",
  required: ["update_id"],
  properties: {
    update_id: { ...id, minimum: 0 },
    message,
    edited_message: {
      ...message,
      properties: {
        ...message.properties,
        edit_date: { type: "integer", minimum: 0, maximum: latestSecond },
      },
    },
    message_reaction: {
      type: "object",
      required: ["chat", "message_id", "date", "old_reaction", "new_reaction"],
      properties: {
        chat,
        message_id: id,
        user,
        actor_chat: chat,
        old_reaction: reactions,
        new_reaction: reactions,
      },
    },
    callback_query: {
      type: "object",
      required: ["id", "from"],
      properties: { id: text, from: user, message, data: text },
    },
    stopped_message_generation: {
      type: "object",
      required: ["chat", "draft_id"],
      properties: { chat, message_thread_id: id, draft_id: id },
    },
  },
};

let isUpdate: ValidateFunction<Update> | undefined;

/** The update a body holds, or undefined when it is not JSON or not an update. */
export function parseUpdate(body: string): Update | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  // Compiled with the first update, not while the process starts.
  isUpdate ??= new Ajv().compile<Update>(shape);
  return isUpdate(value) ? value : undefined;
}
