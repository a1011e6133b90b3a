import type { Message } from "grammy/types";
import { identity, type StoredFile } from "../files.ts";
import { photoSize } from "../image.ts";
import type { UploadedFile } from "../multipart.ts";
import { badRequest } from "../refusal.ts";
import type { Payload } from "../schemas.ts";
import { optionalText } from "../text.ts";
import type { Handlers, World } from "../world.ts";
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

/** The caption of a file, checked. */
export function captionOf(
  payload: Pick<Payload<"sendDocument">, "caption" | "caption_entities" | "parse_mode">,
) {
  const { text, entities } = optionalText(
    { text: payload.caption, entities: payload.caption_entities, parse_mode: payload.parse_mode },
    1024,
    "message caption is too long",
  );
  return { ...(text && { caption: text }), ...(entities.length && { caption_entities: entities }) };
}

/** The file that a call sends: an upload, or one that is known. */
export function stored(
  world: World,
  folder: string,
  source: string,
  uploads: Map<string, UploadedFile>,
): StoredFile {
  if (!source.startsWith("attach://")) {
    const known = world.files.find(source);
    if (known) return known;
    throw badRequest("wrong file identifier/HTTP URL specified");
  }
  const upload = uploads.get(source.slice("attach://".length));
  if (!upload) throw badRequest(`can't find the file ${source} in the request`);
  if (upload.bytes.length === 0) throw badRequest("file must be non-empty");
  return world.files.add(folder, upload.name, upload.bytes);
}
