import { Type, type Static, type TObject } from "typebox";
import type { ApiMethods } from "grammy/types";
import {
  optional,
  object,
  oneOf,
  chat,
  whole,
  text,
  flag,
  parseMode,
  entities,
  inlineKeyboard,
  linkPreview,
  sending,
  rich,
  caption,
  item,
  film,
  scope,
  inPlace,
} from "./schema-fields.ts";

/**
 * What the sandbox accepts, by method. Stricter than Telegram on purpose: a field it does not know
 * is refused, so that a misspelt one cannot pass a test. Limits whose refusal has its own text
 * (empty, too long, bad button) are checked by the methods.
 */
export const schemas = {
  getMe: object({}),
  setMyCommands: object({
    commands: Type.Array(object({ command: text, description: text })),
    scope,
    language_code: optional(text),
  }),
  getMyCommands: object({ scope, language_code: optional(text) }),
  setWebhook: object({
    url: text,
    ip_address: optional(text),
    max_connections: optional(Type.Integer({ minimum: 1, maximum: 100 })),
    allowed_updates: optional(Type.Array(text)),
    drop_pending_updates: optional(flag),
    secret_token: optional(text),
  }),
  deleteWebhook: object({ drop_pending_updates: optional(flag) }),
  getWebhookInfo: object({}),
  getUpdates: object({
    offset: optional(whole),
    limit: optional(Type.Integer({ minimum: 1, maximum: 100 })),
    timeout: optional(Type.Integer({ minimum: 0 })),
    allowed_updates: optional(Type.Array(text)),
  }),
  sendMessage: object({
    ...sending,
    text,
    parse_mode: optional(parseMode),
    entities: optional(entities),
    link_preview_options: optional(linkPreview),
  }),
  sendRichMessage: object({ ...sending, rich_message: rich }),
  sendDocument: object({
    ...sending,
    ...caption,
    document: text,
    disable_content_type_detection: optional(flag),
  }),
  sendPhoto: object({
    ...sending,
    ...caption,
    photo: text,
    has_spoiler: optional(flag),
    show_caption_above_media: optional(flag),
  }),
  sendVideo: object({
    ...sending,
    ...caption,
    ...film,
    video: text,
  }),
  sendMediaGroup: object({
    ...inPlace,
    media: Type.Array(
      Type.Union([
        object({ type: Type.Literal("photo"), ...item, has_spoiler: optional(flag) }),
        object({ type: Type.Literal("video"), ...item, ...film }),
        object({
          type: Type.Literal("document"),
          ...item,
          disable_content_type_detection: optional(flag),
        }),
      ]),
      { minItems: 2, maxItems: 10 },
    ),
  }),
  sendVoice: object({ ...sending, ...caption, voice: text, duration: optional(whole) }),
  sendMessageDraft: object({
    chat_id: whole,
    message_thread_id: optional(whole),
    draft_id: whole,
    text: optional(text),
    parse_mode: optional(parseMode),
    entities: optional(entities),
    can_stop: optional(flag),
    keep_on_stop: optional(flag),
  }),
  sendChatAction: object({
    chat_id: chat,
    message_thread_id: optional(whole),
    action: oneOf(
      "typing",
      "upload_photo",
      "record_video",
      "upload_video",
      "record_voice",
      "upload_voice",
      "upload_document",
      "choose_sticker",
      "find_location",
      "record_video_note",
      "upload_video_note",
    ),
  }),
  editMessageText: object({
    chat_id: chat,
    message_id: whole,
    text: optional(text),
    rich_message: optional(rich),
    parse_mode: optional(parseMode),
    entities: optional(entities),
    link_preview_options: optional(linkPreview),
    reply_markup: optional(inlineKeyboard),
  }),
  editMessageMedia: object({
    chat_id: chat,
    message_id: whole,
    media: Type.Union([
      object({
        type: Type.Literal("photo"),
        media: text,
        ...caption,
        has_spoiler: optional(flag),
        show_caption_above_media: optional(flag),
      }),
      object({ type: Type.Literal("document"), media: text, ...caption }),
    ]),
    reply_markup: optional(inlineKeyboard),
  }),
  editMessageReplyMarkup: object({
    chat_id: chat,
    message_id: whole,
    reply_markup: optional(inlineKeyboard),
  }),
  deleteMessage: object({ chat_id: chat, message_id: whole }),
  deleteMessages: object({
    chat_id: chat,
    message_ids: Type.Array(whole, { minItems: 1, maxItems: 100 }),
  }),
  setMessageReaction: object({
    chat_id: chat,
    message_id: whole,
    reaction: optional(Type.Array(object({ type: Type.Literal("emoji"), emoji: text }))),
    is_big: optional(flag),
  }),
  answerCallbackQuery: object({
    callback_query_id: text,
    text: optional(Type.String({ maxLength: 200 })),
    show_alert: optional(flag),
    url: optional(text),
    cache_time: optional(Type.Integer({ minimum: 0 })),
  }),
  getFile: object({ file_id: text }),
  getChat: object({ chat_id: chat }),
  leaveChat: object({ chat_id: chat }),
  createForumTopic: object({
    chat_id: chat,
    name: text,
    icon_color: optional(whole),
    icon_custom_emoji_id: optional(text),
  }),
  editForumTopic: object({
    chat_id: chat,
    message_thread_id: whole,
    name: optional(text),
    icon_custom_emoji_id: optional(text),
  }),
  deleteForumTopic: object({ chat_id: chat, message_thread_id: whole }),
} satisfies { [M in keyof ApiMethods]?: TObject };

/** A method of the Bot API that the sandbox has. */
export type Method = keyof typeof schemas;

/** The checked parameters of a method. */
export type Payload<M extends Method> = Static<(typeof schemas)[M]>;

/** What a method answers, by grammY's types of the Bot API. */
export type Result<M extends Method> = ReturnType<ApiMethods[M]>;

/** The keys the sandbox accepts and Bot API 10.3 does not have: must be empty for every method. */
type Misspelt<M extends Method> = Exclude<
  keyof Payload<M>,
  keyof NonNullable<Parameters<ApiMethods[M]>[0]>
>;
type MisspeltAnywhere = { [M in Method]: Misspelt<M> }[Method];
true satisfies [MisspeltAnywhere] extends [never] ? true : false;
