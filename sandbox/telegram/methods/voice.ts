import type { Message } from "grammy/types";
import { identity } from "../files.ts";
import { badRequest } from "../refusal.ts";
import type { Handlers } from "../world.ts";
import { compose } from "./compose.ts";
import { captionOf, stored } from "../uploads.ts";

const maxUpload = 50 * 1024 * 1024;

/** Methods that send voice messages. */
export const voiceMethods = {
  /** What is no voice message is shown as a file (Bot API, sendVoice). */
  sendVoice(world, payload, uploads) {
    const caption = captionOf(payload);
    world.chats.find(payload.chat_id);
    const file = stored(world, "voice", payload.voice, uploads);
    if (file.bytes.length > maxUpload) throw badRequest("file is too big");
    const seconds = payload.duration ?? 1;
    const content = isVoice(file.bytes)
      ? { voice: { ...identity(file), mime_type: "audio/ogg", duration: seconds } }
      : { document: { ...identity(file), file_name: file.name } };
    return compose(world, payload, { ...caption, ...content }, { file }) as Message.VoiceMessage;
  },
} satisfies Partial<Handlers>;

/** Opus in Ogg (RFC 7845, section 5.1), MP3 or M4A. */
function isVoice(bytes: Buffer): boolean {
  const head = bytes.toString("latin1", 0, 512);
  const isOpus = head.startsWith("OggS") && head.includes("OpusHead");
  return isOpus || head.startsWith("ID3") || head.slice(4, 11) === "ftypM4A";
}
