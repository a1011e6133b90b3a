import type { Message } from "grammy/types";
import { identity, type StoredFile } from "./files.ts";
import type { UploadedFile } from "./multipart.ts";
import { badRequest } from "./refusal.ts";
import type { Payload } from "./schemas.ts";
import { optionalText } from "./text.ts";
import type { World } from "./world.ts";

/** The caption of a file as its message has it. Throws Telegram's refusals. */
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

/** The file that a parameter names, kept in a folder: one of the request, or one that was sent before. */
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

/** A film as its message has it; the sandbox looks at no frame. */
export function videoOf(file: StoredFile): Message.VideoMessage["video"] {
  return { ...identity(file), file_name: file.name, width: 0, height: 0, duration: 0 };
}
