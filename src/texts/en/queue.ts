/** The prompts that wait, and the turn that runs. */
export const queue = {
  heading: ({ agent, count }: { agent: string; count: number }) =>
    `${count} ${count === 1 ? "message waits" : "messages wait"} for ${agent}:`,
  stopped: ({ agent }: { agent: string }) =>
    `${agent} is stopped, so nothing waits for it. Start it to send it a task.`,
  empty: ({ agent }: { agent: string }) => `No message waits for ${agent}.`,
  running: ({ text }: { text: string }) => `Running: ${text}`,
  line: ({ number, text }: { number: number; text: string }) => `${number}. ${text}`,
  ofAnother: "a message from another conversation",
  joins: ({ text }: { text: string }) => `${text} (joins the running turn)`,
  heldLine: "Held: nothing is delivered until you press Continue.",
  sendNow: ({ number }: { number: number }) => `Send ${number} now`,
  toFront: ({ number }: { number: number }) => `Put ${number} first`,
  drop: ({ number }: { number: number }) => `Drop ${number}`,
  hold: "Hold",
  goOn: "Continue",
  stop: "Stop",
  /** In place of what said that the agent is held; true however much was delivered since. */
  continues: ({ agent, count }: { agent: string; count: number }) => {
    if (count === 0) return `${agent} continues; no message waits.`;
    return count === 1
      ? `${agent} continues: 1 message that waited is delivered.`
      : `${agent} continues: ${count} messages that waited are delivered, one after the other.`;
  },
  /** Where the choice after a stop was pressed, for a moment. */
  goesOn: "Waiting messages are being delivered.",
  keptBack: "Held until you press Continue.",
  usage: "Use the buttons of /queue.",
  tooLate: "Too late: that message was already delivered or dropped.",

  aborting: ({ agent }: { agent: string }) => `Stopping the turn of ${agent}.`,
  stopsLater: ({ agent }: { agent: string }) =>
    `opencode is not responding. The turn of ${agent} will be stopped as soon as it does.`,
  chooseFirst: ({ agent, count }: { agent: string; count: number }) =>
    `Not delivered yet: ${agent} is held, and ${count} ${count === 1 ? "message waits" : "messages wait"} until you press Continue.`,
  turnOver: ({ agent }: { agent: string }) =>
    `Nothing was stopped: that turn of ${agent} is over. /abort ends what runs now.`,
  abortingCommand: ({ agent }: { agent: string }) =>
    `Stopping the turn of ${agent} once it begins; a shell command that its template runs ends first.`,
  /** Before its turn there is nothing to stop; its author did not want it to begin. */
  notBegun: ({ agent, count }: { agent: string; count: number }) => {
    const [messages, are, them] =
      count === 1 ? ["1 message", "is", "it"] : [`${count} messages`, "are", "them"];
    return `${agent} has not begun on ${messages}, which ${are} held: Continue delivers ${them}, Hold keeps ${them} back. If it is working on something else, that is stopped.`;
  },
  stopsOther: ({ agent }: { agent: string }) =>
    `${agent} is not working on any message of yours; if it is working on something else, that is stopped.`,

  working: ({ agent, age, text }: { agent: string; age: string; text: string }) =>
    `${agent} has been working for ${age} on: ${text}`,
  workingElsewhere: ({ agent }: { agent: string }) =>
    `${agent} is working on something that was not asked in this chat.`,
  idle: ({ agent }: { agent: string }) => `${agent} is not working.`,
  lastTool: ({ tool, age }: { tool: string; age: string }) => `Last tool: ${tool} (${age} ago)`,
};
