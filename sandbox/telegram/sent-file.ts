import type { Message } from "grammy/types";
import { identity } from "./files.ts";
import type { World } from "./world.ts";

/** As what a person may send a file, by the field of the message that holds it. */
export type SentKind =
  | "animation"
  | "audio"
  | "document"
  | "photo"
  | "sticker"
  | "video"
  | "video_note"
  | "voice";

/** A file that a person sends. */
export interface SentFile {
  name: string;
  bytes: Buffer;
  /** Default `document`. */
  kind?: SentKind;
  mimeType?: string;
  /** May claim more bytes than there are. */
  size?: number;
}

/** The fields of a message with a file; the text is its caption. */
export function fileContent(
  world: World,
  { kind = "document", name, bytes, mimeType, size }: SentFile,
  caption: string | undefined,
): Partial<Message> {
  const stored = world.files.add(`${kind}s`, name, bytes, size);
  const words = caption === undefined ? {} : { caption };
  const mime = mimeType === undefined ? {} : { mime_type: mimeType };
  const about = { ...identity(stored), ...mime };
  const pixels = { width: 800, height: 600 };
  const named = { ...about, file_name: name };
  if (kind === "photo") {
    // Smaller sizes come first (SPEC, Message.photo).
    const thumbnail = { ...identity(world.files.add("thumbnails", name, Buffer.from("small"))) };
    return {
      ...words,
      photo: [
        { ...thumbnail, width: 90, height: 67 },
        { ...about, ...pixels },
      ],
    };
  }
  if (kind === "voice") return { ...words, voice: { ...about, duration: 1 } };
  if (kind === "audio") return { ...words, audio: { ...named, duration: 1 } };
  if (kind === "video") return { ...words, video: { ...named, ...pixels, duration: 1 } };
  if (kind === "video_note") return { video_note: { ...about, length: 240, duration: 1 } };
  if (kind === "sticker") {
    const sticker = { type: "regular" as const, is_animated: false, is_video: false, emoji: "🙂" };
    return { sticker: { ...about, ...sticker, width: 512, height: 512 } };
  }
  if (kind === "animation") {
    // Clients that know no animations show the document (SPEC, Message.animation).
    const document = named;
    return { ...words, animation: { ...named, ...pixels, duration: 1 }, document };
  }
  return { ...words, document: named };
}
