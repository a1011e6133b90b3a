import type { Message } from "grammy/types";
import { identity } from "../files.ts";
import { photoSize } from "../image.ts";
import { captionOf, stored } from "../uploads.ts";
import type { Handlers } from "../world.ts";
import { compose } from "./compose.ts";

/** Methods that send and fetch files. */
export const fileMethods = {
  sendDocument(world, payload, uploads) {
    const caption = captionOf(payload);
    world.chats.find(payload.chat_id);
    const file = stored(world, "documents", payload.document, uploads);
    const document = { ...identity(file), file_name: file.name };
    return compose(world, payload, { ...caption, document }, { file }) as Message.DocumentMessage;
  },
  sendPhoto(world, payload, uploads) {
    const caption = captionOf(payload);
    world.chats.find(payload.chat_id);
    const file = stored(world, "photos", payload.photo, uploads);
    const photo = [{ ...identity(file), ...photoSize(file.bytes) }];
    return compose(world, payload, { ...caption, photo }, { file }) as Message.PhotoMessage;
  },
  getFile: (world, { file_id }) => world.files.describe(file_id),
} satisfies Partial<Handlers>;
