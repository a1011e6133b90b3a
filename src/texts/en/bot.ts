/** Answers to what an operator writes: about agents, and in general. */
export const bot = {
  unknownCommand: "Not sent: this command is unknown. /help lists the commands.",
  didYouMeanCommand: ({ similar }: { similar: string }) =>
    `Not sent: this command is unknown. Did you mean ${similar}?`,
  givenUp: "This message could not be handled. Send it again, or ask /status.",
  pressGivenUp: "That button could not be handled. Press it again, or ask /status.",
  takesNothing: ({ command }: { command: string }) =>
    `Not done: /${command} takes nothing after it, so send it alone.`,
  isStopped: ({ agent }: { agent: string }) => `Not sent: ${agent} is stopped.`,
  startAndSend: "Start and send",
  startedAndSent: ({ agent }: { agent: string }) => `${agent} is starting and gets your message.`,
  sentAnew: ({ agent }: { agent: string }) => `${agent} gets it as a new message.`,
  cannotSendAgain: "Not sent: that message is not kept any more. Write it again.",
  /** What became of the edit of a message. */
  editTooLate: ({ agent }: { agent: string }) =>
    `Too late: ${agent} has this message as it was. Send it as it is now, as a message of its own?`,
  editOfDropped: "Not changed: this message was dropped. Send it as it is now?",
  editOfUnknown: "Not changed: this message does not wait for an agent. Send it as it is now?",
  editToCommand:
    "Not changed: an edit gives no command. Send the command as a message of its own; /queue drops this one.",
  editOfCommand:
    "Not done: an edit gives no command, and what was written first counts. Send the new one as a message of its own.",
  editOfFile:
    "Not changed: an edit replaces no file. Send the new one as a message of its own; /queue drops this one.",
  sendAsItIs: "Send it as it is now",
  agentGone: ({ agent }: { agent: string }) =>
    `Not sent: there is no agent ${agent} any more. Send it again to the one you talk to now.`,
  speakerGone: ({ agent }: { agent: string }) =>
    `Not done: ${agent} has begun a new session since it said that. /list shows those that run.`,
  groupMoved: ({ from, to }: { from: number; to: number }) =>
    `This group has a new id. Replace ${from} with ${to} in TELEGRAM_ALLOWED_CHAT_ID.`,
  connected: ({ agent }: { agent: string }) => `Connected to ${agent}. Send a task, or /help.`,
  staysWithChosen: "You chose another agent since, and still talk to that one.",
  whichAgent: "Which agent do you want to talk to?",
  noOther: "No other agent is running. Write /start NAME, or choose the folder of a new one.",
  noneRuns: "No agent is running. /start starts one.",
  notRunning: ({ name }: { name: string }) =>
    `No agent “${name}” is running. /list shows those that are.`,
  didYouMean: ({ name, similar }: { name: string; similar: string }) =>
    `No agent “${name}” is running. Did you mean ${similar}?`,
  noSessionYet: ({ agent }: { agent: string }) =>
    `${agent} is starting and has no session yet. Try again in a moment.`,
  stoppedAgent: ({ agent }: { agent: string }) => `${agent} is stopped. /start ${agent} starts it.`,
  startIt: ({ agent }: { agent: string }) => `Start ${agent}`,
  tryAgain: "Try again",
  terminalClosed: ({ agent }: { agent: string }) =>
    `No terminal of ${agent} is open. It opens again with your next message.`,
  terminalStarts: ({ agent }: { agent: string }) =>
    `${agent} is starting, and so is its terminal. Try again in a moment.`,
  terminalStopped: ({ agent }: { agent: string }) =>
    `No terminal is open: ${agent} is stopped. /start ${agent} starts it.`,
  asking: "Asking opencode…",
  opencodeSilent: "opencode is not responding. Try again in a moment, or ask /status.",
  /** The headings of the commands. */
  groups: {
    agents: "Agents",
    sessions: "Sessions",
    queue: "Queue",
    changes: "Changes",
    tools: "Model and tools",
    projects: "Projects",
    help: "Help",
  },
  menu: ({ agent }: { agent: string }) => `You talk to ${agent}. What do you want to do?`,
  labels: {
    menu: "Most used commands",
    working: "What it does",
    help: "All commands",
    status: "Status",
    list: "Agents",
    screen: "Screen",
    queue: "Queue",
    abort: "Stop the turn",
    diff: "What changed",
    model: "Model",
    mode: "Mode",
    history: "Past sessions",
    new: "New session",
    projects: "Folders",
    redo: "Redo",
    transcript: "What was said",
    compact: "Summarise it",
    diffOfSession: "Of this session",
    diffOfFolder: "Of the folder",
    allModels: "All models",
    allSessions: "All sessions",
    costOfAll: "All agents today",
    commands: "Commands of opencode",
  },
  helpIntro: "Any text you send is a task for the agent. /help NAME says more about a command.",
  /** A command in `/help`, on one line of a phone. */
  helpLine: ({ name, description }: { name: string; description: string }) =>
    `/${name} – ${description}`,
  noHelp: ({ command, similar }: { command: string; similar: string }) =>
    similar === ""
      ? `There is no command “${command}”. /help lists all of them.`
      : `There is no command “${command}”. Did you mean ${similar}?`,
  decideUsage: "Not decided: write /decide N allow, always, reject or an option.",
  asksWhenOld: ({ command, age }: { command: string; age: string }) =>
    `You sent ${command} ${age} ago. Do it now?`,
  whichIsMeant: ({ command, earlier }: { command: string; earlier: string }) =>
    `Not done: /${earlier}, which you sent before /${command}, is not done yet. Which agent do you mean?`,
  overtook: ({ command }: { command: string }) =>
    `Not done: what you sent before /${command} is not done yet. Send it again in a moment.`,
  doIt: "Do it",
  doNot: "Do not",
  doing: ({ command }: { command: string }) => `Doing /${command}.`,
  /** The same of what only buttons do. */
  doingIt: "Doing it.",
  notDone: "Not done.",
  back: "‹ Back",
  more: "More ›",
  switchTo: ({ agent }: { agent: string }) => `Switch to ${agent}`,

  /** What becomes of a command that works outside of Switchboard. */
  busy: "Not done: the agent is working. Try again when it is idle.",
  refused: ({ command }: { command: string }) =>
    `Not done: opencode refused /${command}. The log of Switchboard says why.`,
  failed: ({ command }: { command: string }) =>
    `/${command} failed; the log of Switchboard says why. Check with /status before you repeat it.`,
  unknownOutcome: ({ command }: { command: string }) =>
    `It is not known whether /${command} took effect. Check with /status before you repeat it.`,

  /** Above the agents of `/list`. */
  agentsHeading: "Your agents; ▸ is the one you talk to:",
  /** One agent in `/list`; `facts` come from `facts`. */
  agentLine: ({ mark, agent, facts }: { mark: string; agent: string; facts: string }) =>
    `${mark} ${agent}: ${facts}`,
  facts: {
    since: ({ doing, age }: { doing: string; age: string }) => `${doing} for ${age}`,
    waiting: ({ count }: { count: number }) => `${messages(count)} waiting`,
    context: ({ percent }: { percent: number }) => `context ${percent}% full`,
    yolo: "YOLO",
  },

  /** The lines of `/status`. */
  status: {
    agent: ({ agent }: { agent: string }) => `Agent: ${agent}`,
    agentYolo: ({ agent }: { agent: string }) => `Agent: ${agent} (YOLO: it asks nothing)`,
    state: ({ doing }: { doing: string }) => `State: ${doing}`,
    mode: ({ mode }: { mode: string }) => `Mode: ${mode}`,
    model: ({ model }: { model: string }) => `Model: ${model}`,
    folder: ({ folder }: { folder: string }) => `Folder: ${folder}`,
    prompts: ({ running, waiting }: { running: number; waiting: number }) =>
      `Messages: ${running} running, ${waiting} waiting`,
    held: "Held: what waits is not delivered until you press Continue.",
    unsent: ({ count }: { count: number }) => `Not sent to Telegram yet: ${messages(count)}`,
  },
};

function messages(count: number): string {
  return `${count} ${count === 1 ? "message" : "messages"}`;
}
