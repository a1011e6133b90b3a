/** What becomes of the files and other things that an operator sends. */
export const uploads = {
  /** Stands before the name of a file. */
  icons: {
    photo: "📷",
    document: "📎",
    audio: "🎵",
    voice: "🎤",
    video: "🎬",
    "video note": "🎬",
    animation: "🎞",
    sticker: "🏷",
  },
  story: "Not sent: Telegram shows no story to bots. Send a screenshot of it.",
  paidMedia: "Not sent: Telegram gives paid media to no bot. Send a screenshot of it.",
  otherKind: "Not sent: this kind of message cannot be passed on. Send it as text or as a file.",
  tooLarge: ({ file, limit }: { file: string; limit: string }) =>
    `Not sent: ${file} is larger than ${limit}, which is all that Telegram lets a bot load. Send a link to it, or set TELEGRAM_API_ROOT to a Bot API server of your own.`,
  tooLargeForAll: ({ file, limit }: { file: string; limit: string }) =>
    `Not sent: ${file} is larger than ${limit}, which is all that a Bot API server gives. Send a link to it.`,
  /** Nothing of the prompt is left; `why` is one of those below. */
  notSent: ({ file, why }: { file: string; why: string }) => `Not sent: ${file}: ${why}`,
  /** The rest of the prompt goes on. */
  sentWithout: ({ agent, file, why }: { agent: string; file: string; why: string }) =>
    `${agent} gets your message without ${file}: ${why}`,
  why: {
    refused: "Telegram no longer gives it. Send it again.",
    tooLarge: "it is too large for a bot to load. Send a link to it.",
    notSaved: "it could not be saved in the agent's folder. The log of Switchboard says why.",
    givenUp: "it could not be loaded for a day. Send it again.",
  },
  diskFull: ({ file }: { file: string }) =>
    `${file} waits: the disk is full. Free some space, and it is loaded by itself.`,
  late: ({ file }: { file: string }) =>
    `${file} waits: Telegram does not give it yet. It is tried again for a day.`,
  /** How a file is handed on that the model is not shown. */
  asPath: ({ agent, files, why }: { agent: string; files: string; why: string }) =>
    `${agent} gets ${files} as a path: ${why}`,
  asPathBecause: {
    model: "its model does not read such files. /model chooses another one.",
    pixels: "a picture of more than 50 megapixels is too large to be shown.",
    bytes: "it is too large to be shown.",
    encrypted: "it is encrypted. Send a copy without a password.",
    format: "its format cannot be shown. Send it as PNG or JPEG.",
  },
};
