/** Decisions that opencode waits for. */
export const cards = {
  /** The first line of each of a card's messages; `wants` is one of those below. */
  head: (card: {
    number: number;
    part: number;
    parts: number;
    agent: string;
    wants: string;
    place: string;
  }) => {
    const { number, part, parts, agent, wants, place } = card;
    const which = parts === 1 ? `${number}` : `${number} (${part}/${parts})`;
    return `Card ${which}: ${agent} ${wants}, in ${place}`;
  },
  wants: {
    answer: "asks",
    run: "wants to run",
    edit: "wants to edit files",
    other: ({ permission }: { permission: string }) => `asks for permission: ${permission}`,
  },
  unknownPlace: "an unknown directory",
  changesAgents: "⚠ This write changes what agents may do.",

  /** Lines of a card's body. */
  directory: ({ directory }: { directory: string }) => `Directory: ${directory}`,
  moved: ({ from, to }: { from: string; to: string }) => `${from} is moved to ${to}`,
  deleted: ({ path }: { path: string }) => `${path} is deleted`,
  noQuestion: "The question is empty.",
  chooseAny: "Choose any, then Done.",
  always: ({ allowed }: { allowed: string }) => `“Always” also allows: ${allowed}`,
  /** In `always`. */
  every: ({ permission }: { permission: string }) => `every ${permission}`,

  /** For what is too long for the chat, or was not sent; `decide` is one of `decide`. */
  leftOut: ({ characters }: { characters: number }) =>
    `… ${digits(characters)} characters are left out here …`,
  attached: ({ characters, name }: { characters: number; name: string }) =>
    `All ${digits(characters)} characters are in ${name} above.`,
  notWhole: ({ decide }: { decide: string }) =>
    `Not all of this could be shown. See /screen, then: ${decide}.`,
  notShown: ({ agent, decide }: { agent: string; decide: string }) =>
    `A card from ${agent} could not be shown. See /screen, then: ${decide}.`,
  /** How a card is decided without its buttons. */
  decide: {
    permission: ({ number }: { number: number }) => `/decide ${number} allow, always or reject`,
    question: ({ number }: { number: number }) =>
      `/decide ${number} OPTION (its words or number), or reject`,
  },

  buttons: {
    once: "Allow once",
    always: "Always",
    reject: "Reject",
    dismiss: "Dismiss",
    done: "Done",
    noLabel: "(no label)",
  },

  /** How a card ended. */
  endings: {
    once: "Allowed once.",
    always: "Always allowed.",
    reject: "Rejected.",
    dismissed: "Dismissed.",
    elsewhere: "Answered in the terminal, or no longer waiting.",
    ended: "The turn has ended; nothing waits for this.",
    stopped: "The agent was stopped.",
    replaced: "The agent has a new session; nothing waits for this.",
    alwaysAlong: "Allowed with the other request.",
    rejectAlong: "Rejected with the other request.",
    inTerminal: ({ ending }: { ending: string }) => `In the terminal: ${ending}`,
    answered: ({ answers }: { answers: string }) => `Answered: ${answers}`,
  },
  nextFollows: "Answered. The next question follows.",
  queued: ({ agent }: { agent: string }) =>
    `Queued. Answer the card above first; then ${agent} gets this.`,

  /** Answers to a press or to `/decide`. */
  forOtherOperator: "This card is for another operator.",
  agentStopped: ({ agent }: { agent: string }) => `Not decided: ${agent} is stopped.`,
  chooseOne: "Choose at least one, or Dismiss.",
  noneOpen: ({ number }: { number: number }) => `Not decided: no card ${number} is open here.`,
  notUnderstood: ({ decide }: { decide: string }) => `Not decided: write ${decide}.`,
  decided: ({ number, ending }: { number: number; ending: string }) => `Card ${number}: ${ending}`,
};

function digits(count: number): string {
  return count.toLocaleString("en-US");
}
