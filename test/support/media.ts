import type { Message } from "grammy/types";

const file = (name: string) => ({ file_id: name, file_unique_id: `u${name}`, file_size: 10 });
const sized = (name: string) => ({ ...file(name), width: 90, height: 60 });
const point = { latitude: 52.5, longitude: 13.25 };
const pollOption = { persistent_id: "1", text: "Yes", voter_count: 2 };

/** A kind of message with what it holds, and what becomes of it. */
export interface Sample {
  content: object;
  /** The text of the prompt that it becomes; none for what only gets an answer. */
  text?: string;
  /** The label of its file, if it has one. */
  label?: string;
  /** What is answered to what becomes no prompt. */
  answer?: RegExp;
}

const noPrompt: Pick<Sample, "answer"> = { answer: /^Not sent: this kind of message/ };

/** One of every kind of message that a person can send, by the field of the Bot API's Message. */
export const samples = {
  text: { content: { text: "hello" }, text: "hello" },
  photo: {
    // Telegram offers it in several sizes, in any order, some of which tell no bytes.
    content: { photo: [sized("s"), { ...sized("largest"), width: 900, height: 600 }, sized("m")] },
    text: "",
    label: "📷 photo.jpg",
  },
  live_photo: {
    content: { live_photo: { ...sized("video"), photo: [sized("s")], duration: 1 } },
    text: "",
    label: "📷 photo.jpg",
  },
  document: {
    content: { document: { ...file("d"), file_name: "notes.txt" }, caption: "read *this*" },
    text: "read *this*",
    label: "📎 notes.txt",
  },
  audio: {
    content: { audio: { ...file("a"), duration: 3, title: "Song" } },
    text: "",
    label: "🎵 Song.mp3",
  },
  voice: { content: { voice: { ...file("v"), duration: 1 } }, text: "", label: "🎤 voice.ogg" },
  video: {
    content: { video: { ...sized("m"), duration: 1, file_name: "clip.mp4" } },
    text: "",
    label: "🎬 clip.mp4",
  },
  video_note: {
    content: { video_note: { ...file("n"), length: 240, duration: 1 } },
    text: "",
    label: "🎬 video-note.mp4",
  },
  animation: {
    content: { animation: { ...sized("g"), duration: 1 }, document: file("g") },
    text: "",
    label: "🎞 animation.mp4",
  },
  sticker: {
    content: {
      sticker: {
        ...sized("s"),
        type: "regular",
        emoji: "🙂",
        set_name: "Faces",
        is_animated: false,
      },
    },
    text: "Sticker 🙂 of the set Faces",
    label: "🏷 sticker.webp",
  },
  location: { content: { location: point }, text: "Location: 52.5, 13.25" },
  venue: {
    content: { venue: { location: point, title: "Bar", address: "Road 1" }, location: point },
    text: "Place: Bar\nRoad 1\n52.5, 13.25",
  },
  contact: {
    content: { contact: { phone_number: "+1", first_name: "Ann", last_name: "Bo" } },
    text: "Contact: Ann Bo, +1",
  },
  poll: {
    content: { poll: { id: "1", question: "Go?", options: [pollOption] } },
    text: "Poll: Go?\n- Yes (2)",
  },
  dice: { content: { dice: { emoji: "🎲", value: 4 } }, text: "Dice: 🎲 4" },
  checklist: {
    content: {
      checklist: {
        title: "Trip",
        tasks: [
          { id: 1, text: "Pack" },
          { id: 2, text: "Pay", completion_date: 1 },
        ],
      },
    },
    text: "Checklist: Trip\n- [ ] Pack\n- [x] Pay",
  },
  story: { content: { story: { chat: {}, id: 1 } }, answer: /does not show stories to bots/ },
  paid_media: {
    content: { paid_media: { star_count: 1, paid_media: [] } },
    answer: /does not show paid media to bots/,
  },
  game: { content: { game: { title: "g" } }, ...noPrompt },
  invoice: { content: { invoice: { title: "t" } }, ...noPrompt },
  giveaway: { content: { giveaway: { chats: [] } }, ...noPrompt },
  giveaway_winners: { content: { giveaway_winners: {} }, ...noPrompt },
  gift: { content: { gift: {} }, ...noPrompt },
  unique_gift: { content: { unique_gift: {} }, ...noPrompt },
  users_shared: { content: { users_shared: { request_id: 1, users: [] } }, ...noPrompt },
  chat_shared: { content: { chat_shared: {} }, ...noPrompt },
  passport_data: { content: { passport_data: {} }, ...noPrompt },
  web_app_data: { content: { web_app_data: {} }, ...noPrompt },
} satisfies Partial<Record<keyof Message, Sample>>;

/** The same with one that does not exist yet. */
export const everySample: Record<string, Sample> = {
  ...samples,
  unknown: { content: { a_field_that_does_not_exist_yet: {} }, ...noPrompt },
};
