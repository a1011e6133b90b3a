/** The end of a turn. */
export const turns = {
  /** Before the final text of a turn that no prompt began. */
  notAsked: ({ agent }: { agent: string }) => `${agent} (not asked from here):\n\n`,
  silent: ({ agent }: { agent: string }) => `${agent} finished without a word; see /screen.`,
  dismissed: "Dismissed; turn ended. Write what to do instead.",
  rejected: "Rejected; turn ended. Write what to do instead.",
  stopped: "Turn stopped.",
  failed: ({ agent, reason }: { agent: string; reason: string }) =>
    `${agent} failed: ${reason}. Send it again, or see /screen.`,
  /** In `failed`, by the name of opencode's error. */
  reasons: {
    APIError: "the model's provider reported an error",
    ContextOverflowError: "the conversation is too long for the model",
    ProviderAuthError: "the model's provider did not accept the login",
    other: "opencode reported an error",
  },
  cutOff: "opencode was restarted in the middle of this turn. Write again to go on.",
  notTaken: "opencode does not start this turn. See /screen, then write again.",
  /** Behind an answer that is not whole, by the model's reason for ending it. */
  incomplete: {
    length: "The answer was cut at the model's output limit. Write “continue” for the rest.",
    "content-filter": "The model's provider stopped this answer. Write it in another way.",
  },
};
