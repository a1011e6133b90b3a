import type { Message, PhotoSize } from "grammy/types";
import { texts } from "../texts/texts.ts";

/** What Telegram calls a file that somebody sends. */
export const mediaKinds = [
  "photo",
  "document",
  "audio",
  "voice",
  "video",
  "video note",
  "animation",
  "sticker",
] as const;

/** One of these kinds. */
export type MediaKind = (typeof mediaKinds)[number];

/** A file that came with a message, as Telegram describes it; its content may be anything. */
export interface MediaFile {
  media: MediaKind;
  /** By which Telegram gives it. */
  fileId: string;
  /** The name it has with its sender, or one that we gave it; of any length and any characters. */
  original: string;
  /** In bytes; undefined where Telegram does not say it. */
  size: number | undefined;
}

/** How operators see a file named: in a few words, on one line. */
export function fileLabel({ media, name }: { media: MediaKind; name: string }): string {
  return `${texts.uploads.icons[media]} ${name}`;
}

interface Described {
  file_id: string;
  file_size?: number;
  file_name?: string;
}

/** The file of a message; undefined when it has none that a bot can load. */
export function mediaFile(message: Message): MediaFile | undefined {
  const { audio, document, sticker, video, video_note: round, voice } = message;
  // An animation has the field `document` as well, for clients that know none (Bot API, Message.animation).
  if (message.animation) return described("animation", message.animation, "animation.mp4");
  const photo = largest(message.photo ?? message.live_photo?.photo ?? []);
  if (photo) return described("photo", photo, "photo.jpg");
  if (message.live_photo) return described("video", message.live_photo, "live-photo.mp4");
  if (document) return described("document", document, "document");
  if (audio) return described("audio", audio, audio.title ? `${audio.title}.mp3` : "audio.mp3");
  if (voice) return described("voice", voice, "voice.ogg");
  if (video) return described("video", video, "video.mp4");
  if (round) return described("video note", round, "video-note.mp4");
  if (!sticker) return undefined;
  const ending = sticker.is_animated ? "tgs" : sticker.is_video ? "webm" : "webp";
  return described("sticker", sticker, `sticker.${ending}`);
}

function described(
  media: MediaKind,
  { file_id, file_size, file_name }: Described,
  usual: string,
): MediaFile {
  return { media, fileId: file_id, original: file_name || usual, size: file_size };
}

/** Telegram offers a photo in several sizes, not all of which need say how many bytes they have. */
function largest(sizes: readonly PhotoSize[]): PhotoSize | undefined {
  return sizes.toSorted((a, b) => b.width * b.height - a.width * a.height)[0];
}

/**
 * In words what a message holds besides a text and a file, such as a place or a poll: every fact that a reader
 * of the chat sees. Undefined for a message without any.
 */
export function mediaText(message: Message): string | undefined {
  const { checklist, contact, dice, poll, sticker, venue } = message;
  const location = venue?.location ?? message.location;
  if (location) {
    const place = [venue?.title, venue?.address].filter(Boolean).map((part) => `${part}\n`);
    const accuracy = location.horizontal_accuracy;
    const around = accuracy === undefined ? "" : ` (within ${Math.ceil(accuracy)} m)`;
    const isLive = location.live_period === undefined ? "" : ", live; only where it is now";
    const point = `${location.latitude}, ${location.longitude}${around}${isLive}`;
    return `${venue ? "Place" : "Location"}: ${place.join("")}${point}`;
  }
  if (contact) {
    const name = [contact.first_name, contact.last_name].filter(Boolean).join(" ");
    const card = contact.vcard ? `\n${contact.vcard}` : "";
    return `Contact: ${name}, ${contact.phone_number}${card}`;
  }
  if (poll) {
    const options = poll.options.map(({ text, voter_count: n }) => `- ${text} (${n})`);
    return [`Poll: ${poll.question}`, ...options].join("\n");
  }
  if (checklist) {
    const tasks = checklist.tasks.map((task) => {
      return `- [${task.completion_date ? "x" : " "}] ${task.text}`;
    });
    return [`Checklist: ${checklist.title}`, ...tasks].join("\n");
  }
  if (dice) return `Dice: ${dice.emoji} ${dice.value}`;
  if (!sticker) return undefined;
  const set = sticker.set_name ? ` of the set ${sticker.set_name}` : "";
  return `Sticker ${sticker.emoji ?? ""}${set}`.trimEnd();
}
