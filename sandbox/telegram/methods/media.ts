import { identity } from "../files.ts";
import { checkKeyboard } from "../entities.ts";
import { photoSize } from "../image.ts";
import { badRequest } from "../refusal.ts";
import type { Result } from "../schemas.ts";
import { captionOf, stored } from "../uploads.ts";
import { type Handlers, seconds } from "../world.ts";
import { inlineKeyboard } from "./compose.ts";

/** Methods that replace the file of a message. */
export const mediaMethods = {
  editMessageMedia(world, payload, uploads) {
    const { chat_id, message_id, media, reply_markup } = payload;
    checkKeyboard(reply_markup);
    const kept = world.chats.message(chat_id, message_id, "message to edit not found");
    if (kept.from !== "bot") throw badRequest("message can't be edited");
    // A text can be given a file, too, but a file never goes again.
    if (kept.message.rich_message) throw badRequest("message can't be edited");
    const caption = captionOf(media);
    const file = stored(world, `${media.type}s`, media.media, uploads);
    const content =
      media.type === "photo"
        ? { photo: [{ ...identity(file), ...photoSize(file.bytes) }] }
        : { document: { ...identity(file), file_name: file.name } };
    const { message_id: id, from, chat, date, message_thread_id: thread } = kept.message;
    kept.file = file;
    // Its buttons go where the call brings none.
    kept.message = {
      message_id: id,
      ...(from && { from }),
      chat,
      date,
      ...(thread !== undefined && { message_thread_id: thread, is_topic_message: true }),
      ...caption,
      ...content,
      ...inlineKeyboard(reply_markup),
      edit_date: seconds(world),
    };
    world.show(kept);
    return kept.message as Result<"editMessageMedia">;
  },
} satisfies Partial<Handlers>;
