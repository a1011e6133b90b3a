/** Why a press of a button did nothing. */
export const buttons = {
  spent: "This button no longer works.",
  elsewhere: "This button is in another conversation.",
  another: "This button is for another operator.",
  tooEarly:
    "Not done: something you sent before this is still being handled. Press again in a moment.",
  changed: "Not done: this agent changed at the same moment. Press again.",
  otherAgent: ({ agent }: { agent: string }) =>
    `Not done: this was about ${agent}, and you are talking to another agent now. Send the command again.`,
};
