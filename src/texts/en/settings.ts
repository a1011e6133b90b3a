/** What can be chosen for a conversation with `/settings`. */
export const settings = {
  heading: "Settings of this conversation:",
  format: {
    classic: "Answers are sent as text with formatting, which every Telegram app shows.",
    auto:
      "Tables, collapsible details, task lists, formulas and long answers are sent as rich messages; " +
      "all others as text with formatting.",
    rich:
      "Answers with tables, collapsible details, formulas, headings or lists, and long ones, are sent as rich " +
      "messages; all others as text with formatting.",
  },
  verbosity: {
    quiet: "You see only answers, once they are finished, and questions.",
    normal: "While a turn runs, one message says what the agent is doing.",
    verbose:
      "While a turn runs, one message says what the agent is doing, with each tool and what the model thinks.",
  },
  drafts: {
    on: "An answer that is being written is shown as a draft, with Telegram's own Stop.",
    off: "An answer that is being written is shown in that message.",
  },
  labels: {
    format: { classic: "Classic", auto: "Auto", rich: "Rich" },
    verbosity: { quiet: "Quiet", normal: "Normal", verbose: "Verbose" },
    drafts: { on: "Show drafts", off: "No drafts" },
    /** What is in use now. */
    now: ({ label }: { label: string }) => `• ${label}`,
  },
  usage:
    "Not changed: write /settings format classic, auto or rich; /settings verbosity quiet, normal or " +
    "verbose; /settings drafts on or off; or /settings voice on or off.",
  onlyReplies:
    "Not changed: only what agents send themselves is shown here (REPLY_MODE=tool), so there are no drafts.",
  onlyPrivate: "Not changed: Telegram shows drafts in private chats only.",

  /** The message that shows whether an app can read rich ones; Markdown around its table and button. */
  probe: {
    question: "In a rich message a table looks like this. Can you read it?",
    columns: ["Fruit", "Colour"],
    cells: ["Lemon", "Yellow"],
    button: "I can read this table",
    ifNot: "If you see neither a table nor a button, do nothing: answers stay as they are.",
    read: "This app shows rich messages, so answers that need one come as one here. /settings changes that.",
    refused: "Not changed: Telegram did not take the test message, so answers stay as they are.",
  },
};
