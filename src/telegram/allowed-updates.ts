/** The kinds of update that can act; Telegram does not send the others. */
export const allowedUpdates = [
  "message",
  "edited_message",
  "callback_query",
  "message_reaction",
  "stopped_message_generation",
] as const;
