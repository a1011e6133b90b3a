/** The end of a turn. */
export const turns = {
  /** Before the final text of a turn that no prompt began. */
  notAsked: ({ agent }: { agent: string }) => `${agent} (not asked from here):\n\n`,
  silent: ({ agent }: { agent: string }) =>
    `${agent} finished without an answer; /screen shows its terminal.`,
  dismissed: "Dismissed; turn ended. Write what to do instead.",
  rejected: "Rejected; turn ended. Write what to do instead.",
  stopped: "Turn stopped.",
  /** What was sent into it is not lost, and what waits is held until an operator chooses. */
  stoppedWith: ({ waiting, joined }: { waiting: number; joined: number }) => {
    const again =
      joined === 1 ? "1 message that joined it is" : `${joined} messages that joined it are`;
    const wait = waiting === 1 ? "1 message waits" : `${waiting} messages wait`;
    const them = waiting === 1 ? "it" : "them";
    return [
      "Turn stopped.",
      ...(joined !== 0 ? [`${again} delivered again.`] : []),
      ...(waiting !== 0 ? [`${wait}: Continue delivers ${them}, Hold keeps ${them} back.`] : []),
    ].join(" ");
  },
  failed: ({ agent, reason }: { agent: string; reason: string }) =>
    `${agent} failed: ${reason}. Send it again, or see /screen.`,
  /** In `failed`, by the name of opencode's error. */
  reasons: {
    APIError: "the model's provider reported an error",
    ContextOverflowError: "the conversation is too long for the model",
    ProviderAuthError: "the model's provider did not accept the login",
    other: "opencode reported an error",
  },
  refusedPdf: ({ agent }: { agent: string }) =>
    `The provider of ${agent}'s model refused your message, most likely for its PDF, and will refuse each later one until you undo it.`,
  undoPdf: "Undo the message",
  cutOff: "opencode was restarted in the middle of this turn. Write again to continue.",
  notTaken: "opencode did not start this turn. Look at /screen, then send it again.",
  /** Behind an answer that is not whole, by the model's reason for ending it. */
  incomplete: {
    length: "The answer was cut at the model's output limit. Write “continue” for the rest.",
    "content-filter": "The model's provider stopped this answer. Write it in another way.",
  },
};
