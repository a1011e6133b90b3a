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
  story: "Not sent: Telegram does not show stories to bots. Send a screenshot.",
  paidMedia: "Not sent: Telegram does not show paid media to bots. Send a screenshot.",
  otherKind: "Not sent: this kind of message cannot be passed on. Send it as text or as a file.",
  tooLarge: ({ file, limit }: { file: string; limit: string }) =>
    `Not sent: ${file} is larger than ${limit}, the most that Telegram lets a bot download. Send a link to it, or set TELEGRAM_API_ROOT to your own Bot API server.`,
  tooLargeForAll: ({ file, limit }: { file: string; limit: string }) =>
    `Not sent: ${file} is larger than ${limit}, the most that a Bot API server can download. Send a link to it.`,
  /** Nothing of the prompt is left; `why` is one of those below. */
  notSent: ({ file, why }: { file: string; why: string }) => `Not sent: ${file}: ${why}`,
  /** The rest of the prompt goes on. */
  sentWithout: ({ agent, file, why }: { agent: string; file: string; why: string }) =>
    `${agent} gets your message without ${file}: ${why}`,
  why: {
    refused: "it can no longer be downloaded from Telegram. Send it again.",
    tooLarge: "it is too large for a bot to download. Send a link to it.",
    notSaved: "it could not be saved in the agent's folder. Switchboard's log says why.",
    givenUp: "it could not be downloaded for a day. Send it again.",
  },
  diskFull: ({ file }: { file: string }) =>
    `${file} is waiting: the disk is full. Free some space, and it is downloaded automatically.`,
  late: ({ file }: { file: string }) =>
    `${file} is waiting: it cannot be downloaded from Telegram yet. Switchboard keeps trying for a day.`,
  /** How a file is handed on that the model is not shown. */
  asPath: ({ agent, files, why }: { agent: string; files: string; why: string }) =>
    `${agent} gets only the path of ${files}: ${why}`,
  asPathBecause: {
    model: "its model does not read such files. /model changes the model.",
    pixels: "a picture of more than 50 megapixels is too large to be shown.",
    bytes: "it is too large to be shown.",
    encrypted: "it is encrypted. Send a copy without a password.",
    format: "its format cannot be shown. Send it as PNG or JPEG.",
  },
};
