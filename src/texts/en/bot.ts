/** Answers to what an operator writes: about agents, and in general. */
export const bot = {
  unknownCommand: "Not sent: this command is unknown. /help lists the commands.",
  didYouMeanCommand: ({ similar }: { similar: string }) =>
    `Not sent: this command is unknown. Did you mean ${similar}?`,
  givenUp: "This message could not be handled. Send it again, or check /status.",
  pressGivenUp: "That button could not be handled. Press it again, or check /status.",
  takesNothing: ({ command }: { command: string }) =>
    `Not done: /${command} takes no arguments. Send it on its own.`,
  isStopped: ({ agent }: { agent: string }) => `Not sent: ${agent} is stopped.`,
  albumStopped: ({ agent }: { agent: string }) =>
    `Not sent: ${agent} was stopped before your album was complete. Start it, then send the album again.`,
  startAndSend: "Start and send",
  startedAndSent: ({ agent }: { agent: string }) =>
    `${agent} is starting and will get your message.`,
  sentAnew: ({ agent }: { agent: string }) => `Sent to ${agent} as a new message.`,
  cannotSendAgain: "Not sent: that message is no longer stored. Write it again.",
  /** What became of the edit of a message. */
  editTooLate: ({ agent }: { agent: string }) =>
    `Too late: ${agent} already has the old version of this message. Send the new version as a separate message?`,
  editOfDropped: "Not changed: this message was dropped. Send the new version?",
  editOfCorrection:
    "Not changed: a correction cannot be edited. Send the new version as well, or drop the first one in /queue?",
  editOfUnknown: "Not changed: this message is not waiting for an agent. Send the new version?",
  editToCommand:
    "Not changed: a message cannot be edited into a command. Send the command as a new message; /queue can drop this one.",
  editOfCommand:
    "Not done: an edit cannot give a command, so the original message counts. Send the command as a new message.",
  editOfFile:
    "Not changed: an edit cannot replace a file. Send the new file as a new message; /queue can drop this one.",
  sendAsItIs: "Send the new version",
  agentGone: ({ agent }: { agent: string }) =>
    `Not sent: agent ${agent} no longer exists. Send it again to the agent you are talking to now.`,
  speakerGone: ({ agent }: { agent: string }) =>
    `Not done: ${agent} has begun a new session since it said that. /list shows the running agents.`,
  groupMoved: ({ from, to }: { from: number; to: number }) =>
    `This group has a new id. Replace ${from} with ${to} in TELEGRAM_ALLOWED_CHAT_ID.`,
  connected: ({ agent }: { agent: string }) => `Connected to ${agent}. Send a task, or /help.`,
  staysWithChosen: "You have chosen another agent since then, and are still connected to it.",
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
  opencodeSilent: "opencode is not responding. Try again in a moment, or check /status.",
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
  menu: ({ agent }: { agent: string }) => `You are talking to ${agent}. What do you want to do?`,
  labels: {
    menu: "Most used commands",
    working: "What it is doing",
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
    commands: "opencode commands",
  },
  helpIntro: "Any text you send is a task for the agent. /help NAME says more about a command.",
  /** A command in `/help`, on one line of a phone. */
  helpLine: ({ name, description }: { name: string; description: string }) =>
    `/${name} – ${description}`,
  noHelp: ({ command, similar }: { command: string; similar: string }) =>
    similar === ""
      ? `There is no command “${command}”. /help lists all of them.`
      : `There is no command “${command}”. Did you mean ${similar}?`,
  decideUsage: "Not decided: write allow, always, reject or an option, as in /decide 3 allow.",
  asksWhenOld: ({ command, age }: { command: string; age: string }) =>
    `You sent ${command} ${age} ago. Do it now?`,
  whichIsMeant: ({ command, earlier }: { command: string; earlier: string }) =>
    `Not done: /${earlier}, which you sent before /${command}, is still being handled. Which agent do you mean?`,
  overtook: ({ command }: { command: string }) =>
    `Not done: what you sent before /${command} is still being handled. Send /${command} again in a moment.`,
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
    `Not done: opencode refused /${command}. Switchboard's log says why.`,
  failed: ({ command }: { command: string }) =>
    `/${command} failed; Switchboard's log says why. Check with /status before you repeat it.`,
  unknownOutcome: ({ command }: { command: string }) =>
    `It is not known whether /${command} took effect. Check with /status before you repeat it.`,

  /** Above the agents of `/list`. */
  agentsHeading: "Your agents; ▸ marks the one you are talking to:",
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
    agentYolo: ({ agent }: { agent: string }) => `Agent: ${agent} (YOLO: it never asks)`,
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
