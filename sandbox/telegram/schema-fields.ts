import { Type, type TProperties } from "typebox";

// The fields that several methods of the Bot API share, as JSON schemas.

const strict = { additionalProperties: false };
/** A field that may be left out. */
export const optional = Type.Optional;
/** An object with these fields and no others. */
export const object = <P extends TProperties>(properties: P) => Type.Object(properties, strict);
/** One of these words. */
export const oneOf = <const T extends string>(...values: T[]) => Type.Enum(values);

/** The id of a chat, or its public name. */
export const chat = Type.Union([Type.Integer(), Type.String()]);
/** A whole number. */
export const whole = Type.Integer();
/** A string. */
export const text = Type.String();
/** True or false. */
export const flag = Type.Boolean();
/** How a text says its formatting itself. */
export const parseMode = oneOf("HTML", "MarkdownV2", "Markdown");

const range = { offset: whole, length: whole };
const entity = Type.Union([
  object({
    type: oneOf(
      "mention",
      "hashtag",
      "cashtag",
      "bot_command",
      "url",
      "email",
      "phone_number",
      "bold",
      "italic",
      "underline",
      "strikethrough",
      "spoiler",
      "blockquote",
      "expandable_blockquote",
      "code",
    ),
    ...range,
  }),
  object({ type: Type.Literal("pre"), ...range, language: optional(text) }),
  object({ type: Type.Literal("text_link"), ...range, url: text }),
  object({ type: Type.Literal("custom_emoji"), ...range, custom_emoji_id: text }),
]);
/** The formatting of a text. */
export const entities = Type.Array(entity);

const button = {
  text,
  style: optional(oneOf("danger", "success", "primary")),
  icon_custom_emoji_id: optional(text),
};
const inlineButton = Type.Union([
  object({ ...button, callback_data: text }),
  object({ ...button, url: text }),
  object({ ...button, copy_text: object({ text: Type.String({ minLength: 1, maxLength: 256 }) }) }),
  object({ ...button, disabled: object({}) }),
]);
/** Buttons below a message. */
export const inlineKeyboard = object({
  inline_keyboard: Type.Array(Type.Array(inlineButton)),
  force_reply: optional(flag),
});
const anyKeyboard = Type.Union([
  inlineKeyboard,
  object({
    keyboard: Type.Array(Type.Array(object({ text }))),
    is_persistent: optional(flag),
    resize_keyboard: optional(flag),
    one_time_keyboard: optional(flag),
    input_field_placeholder: optional(text),
    selective: optional(flag),
  }),
  object({ remove_keyboard: Type.Literal(true), selective: optional(flag) }),
  object({
    force_reply: Type.Literal(true),
    input_field_placeholder: optional(text),
    selective: optional(flag),
  }),
]);
/** Whether and how a link is previewed. */
export const linkPreview = object({
  is_disabled: optional(flag),
  url: optional(text),
  prefer_small_media: optional(flag),
  prefer_large_media: optional(flag),
  show_above_text: optional(flag),
});
/** What every method that sends a message takes. */
export const sending = {
  chat_id: chat,
  message_thread_id: optional(whole),
  disable_notification: optional(flag),
  protect_content: optional(flag),
  message_effect_id: optional(text),
  reply_parameters: optional(
    object({
      message_id: whole,
      chat_id: optional(chat),
      allow_sending_without_reply: optional(flag),
      quote: optional(text),
      quote_entities: optional(entities),
      quote_position: optional(whole),
    }),
  ),
  reply_markup: optional(anyKeyboard),
};
/** Markdown is the only form that the sandbox reads. */
/** A rich message. */
export const rich = object({
  markdown: text,
  is_rtl: optional(flag),
  skip_entity_detection: optional(flag),
});
/** The words below a file. */
export const caption = {
  caption: optional(text),
  parse_mode: optional(parseMode),
  caption_entities: optional(entities),
};
const { reply_markup: _keyboard, ...rest } = sending;
/** The same without buttons. */
export const inPlace = rest;
/** A file of an album. */
export const item = { media: text, ...caption };
/** What is said of a video. */
export const film = {
  width: optional(whole),
  height: optional(whole),
  duration: optional(whole),
  supports_streaming: optional(flag),
  has_spoiler: optional(flag),
};
/** Whom a list of commands is for. */
export const scope = optional(
  Type.Union([
    object({
      type: oneOf("default", "all_private_chats", "all_group_chats", "all_chat_administrators"),
    }),
    object({ type: oneOf("chat", "chat_administrators"), chat_id: chat }),
    object({ type: Type.Literal("chat_member"), chat_id: chat, user_id: whole }),
  ]),
);
