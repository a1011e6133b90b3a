/** An agent's terminal as a picture, and the keys that are pressed in it. */
export const screen = {
  again: "⟳",
  talkToIt: "Talk to it",
  notSent: "The picture could not be sent. Try /screen text.",
  below: "The terminal is shown below.",
  unreadable:
    "The terminal cannot be read right now; Switchboard's log says why. Try /screen again.",
  notRenewed: ({ agent }: { agent: string }) =>
    `The picture of ${agent} is an older one: its terminal cannot be shown now. Try /screen text.`,
  scrolledBack: ({ agent, lines }: { agent: string; lines: number }) =>
    `${agent}: ${lines} ${lines === 1 ? "line" : "lines"} of its terminal are in the file above.`,
  usage: "Not done: write /screen, /screen text, or a number of lines, as in /screen 200.",

  /** How keys are shown whose names in tmux are obscure. */
  keys: {
    Escape: "Esc",
    BSpace: "Backspace",
    BTab: "Shift-Tab",
    PPage: "Page up",
    NPage: "Page down",
    DC: "Delete",
  },

  /** Why no key was pressed. */
  noTerminal: ({ agent }: { agent: string }) =>
    `Not done: no terminal of ${agent} is open. It opens again with your next message.`,
  ended: ({ agent }: { agent: string }) =>
    `Not done: what ran in the terminal of ${agent} has ended. It starts again with your next message.`,
  otherRun: ({ agent }: { agent: string }) =>
    `Not done: ${agent} has had a new terminal since this picture. /screen shows it.`,
  inCopyMode: ({ agent }: { agent: string }) =>
    `Not done: somebody is scrolling in the terminal of ${agent}, so keys do not get through. Esc ends that.`,
  over: ({ agent }: { agent: string }) =>
    `Not done: ${agent} is no longer waiting for that. /screen shows its terminal now.`,
  tooLate:
    "Not done: Switchboard was not running when you sent this. Look with /screen, then send it again.",
  notTyped: ({ agent }: { agent: string }) =>
    `Not typed: ${agent} is waiting for a decision, which the text could make. Answer its card first.`,
  notTypedUnknown: ({ agent }: { agent: string }) =>
    `Not typed: opencode does not say whether ${agent} is waiting for a decision. Try again in a moment.`,
  notTypedElsewhere: ({ agent }: { agent: string }) =>
    `Not typed: the terminal of ${agent} shows another session. Look with /screen, and go back to the agent's own session first.`,
  unknownOutcome:
    "It is not known whether that key was pressed, since tmux does not answer. Look with /screen.",
  tmuxFailed:
    "Not done: the terminal cannot be reached. Switchboard's log says why; check /status.",
  otherTalked: ({ agent }: { agent: string }) =>
    `Not done: you are talking to another agent now. Write /switch ${agent} first.`,
  keyUsage:
    "Not done: write /key and a key, as in /key PageUp: Enter, Esc, Tab, Up, F1, Ctrl-C, or a character.",
  typeUsage: "Not typed: write /type and the text.",

  /** What a key would do, before it is pressed. */
  waits: ({ agent, more }: { agent: string; more: number }) =>
    more === 0
      ? `${agent} is waiting for a decision:`
      : `${agent} is waiting for ${more + 1} decisions, of which its terminal shows one:`,
  wouldChoose: ({ key, choice }: { key: string; choice: string }) =>
    `${key} would choose “${choice}” now. Press it?`,
  wouldDecide: ({ key }: { key: string }) => `${key} may decide this now. Press it?`,
  mayDecide: ({ agent, key }: { agent: string; key: string }) =>
    `opencode does not say whether ${agent} is waiting for a decision, which ${key} could make. Press it?`,
  elsewhere: ({ agent, key }: { agent: string; key: string }) =>
    `The terminal of ${agent} shows another session, where ${key} may decide something. Press it?`,
  quits: ({ agent, key }: { agent: string; key: string }) =>
    `${key} may end opencode in the terminal of ${agent}. Press it?`,
  press: ({ key }: { key: string }) => `Press ${key}`,
  pressing: ({ key }: { key: string }) => `Pressing ${key}.`,
  asksFirst: "Please confirm below.",

  attach: "From another machine, or in a shell on the server itself; Ctrl-b d leaves the terminal:",
};
