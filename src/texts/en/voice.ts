/** About voice messages: what was heard in them, and answers that are read aloud. */
export const voice = {
  /** Stands before the words that were heard. */
  heard: "Heard:",
  send: "Send",
  edit: "Edit",
  sentTo: ({ agent }: { agent: string }) => `Sent to ${agent}:`,
  sentCorrected: ({ agent }: { agent: string }) =>
    `Sent to ${agent} with your correction in place of:`,
  sent: ({ agent }: { agent: string }) => `Sent to ${agent}.`,
  /** Stands before the words to be corrected. */
  howToEdit: "Answer this message with the corrected text; it is sent in place of:",
  asked: "Answer this message or the one that asks for it with the corrected text.",
  writeIt: "The corrected text",
  alreadySent:
    "Not sent: what was heard in that voice message was sent before. Write it as a message of its own.",
  editTooLate:
    "Too late: what you said was sent as it was. Send what you changed as a message of its own.",
  stopped: ({ agent }: { agent: string }) =>
    `Not sent: ${agent} is stopped. /start ${agent} starts it; then press Send.`,
  notCorrected: ({ agent }: { agent: string }) =>
    `Not sent: ${agent} is stopped. /start ${agent} starts it; then send the corrected text again.`,
  noWords: ({ agent }: { agent: string }) =>
    `No words were heard in this voice message, so ${agent} gets the recording itself.`,
  notHeard: ({ agent }: { agent: string }) =>
    `Voice messages cannot be made text now, so ${agent} gets the recordings until that works again.`,
  stoppedUnheard: ({ agent }: { agent: string }) =>
    `Not sent: ${agent} is stopped. /start ${agent} starts it; then send the recording again.`,

  on: "Answers come as voice messages too, after their text.",
  off: "Answers come as text only.",
  labels: { on: "Voice", off: "No voice" },
  usage: "Not changed: write /voice on or /voice off.",
  notSet:
    "Not changed: nothing reads aloud. Set TTS_API_URL, TTS_MODEL and TTS_VOICE in .env, and restart.",
  notRead:
    "Answers come without their voice message until reading aloud works again; /voice off ends it.",
  notAllowed:
    "Answers come without their voice message: the speech server refuses the request, so check TTS_API_KEY, " +
    "TTS_MODEL and TTS_VOICE.",
  notDelivered: "A voice message may not have arrived; its text is above. /voice off ends them.",
};
