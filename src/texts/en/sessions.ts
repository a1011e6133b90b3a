/** Starting, stopping and changing agents and their sessions. */
export const sessions = {
  nameReserved: ({ name }: { name: string }) =>
    `${name} is the terminal of opencode itself. Choose another name, such as website.`,
  nameRule: "A name is 1 to 32 letters, digits, - or _. Try /start website",
  startUsage:
    "Write /start NAME, or add a folder and a branch, as in /start fix site --worktree fix-login",
  starting: ({ agent }: { agent: string }) => `${agent} is starting. Send a task, or /help.`,
  continued: ({ agent }: { agent: string }) =>
    `${agent} continues with its memory. Send a task, or /help.`,
  startingIn: ({ agent, folder }: { agent: string; folder: string }) =>
    `${agent} is starting in ${folder}. Send a task, or /help.`,
  startingYolo: ({ agent }: { agent: string }) =>
    `${agent} is starting in YOLO mode: it never asks, not even about what your settings deny. ` +
    "/new ends that.",
  runsAlready: ({ agent }: { agent: string }) =>
    `${agent} is already running. Switch to it, or write /start with another name.`,
  savedUntilBack: "opencode is not responding. Your messages are saved and wait for it.",
  firstSteps: ({ agent }: { agent: string }) =>
    `${agent} is starting. First steps:\n` +
    "1. Send a task, such as: list the files here.\n" +
    "2. When it needs a permission you get a card; press one of its buttons.\n" +
    "3. /menu shows what else you can do.",
  continueOrFresh: ({ agent }: { agent: string }) =>
    `${agent} was stopped. Continue with its memory, or begin without it?`,
  continueIt: "Continue",
  beginFresh: "Begin without memory",

  stopped: ({ agent }: { agent: string }) =>
    `${agent} stopped. /start ${agent} can continue with its memory.`,
  stoppedUnbegun: ({ agent }: { agent: string }) =>
    `${agent} stopped before it had a session, so it has no memory. /start ${agent} starts it.`,
  cancelled: ({ count }: { count: number }) => `${messages(count)} cancelled.`,
  notSent: ({ agent, count }: { agent: string; count: number }) =>
    `${messages(count)} from ${agent} not sent.`,
  endsLater:
    "opencode is not responding; a turn that is still running will be ended when it is back.",
  stopDrops: ({ agent, count }: { agent: string; count: number }) =>
    `${messages(count)} for ${agent} ${count === 1 ? "waits" : "wait"} and would be dropped. Stop it?`,
  stopIt: "Stop and drop",

  fresh: ({ agent }: { agent: string }) =>
    `${agent} begins a new session without its memory. /history has the one before.`,
  newEnds: ({ agent }: { agent: string }) =>
    `${agent} is working. A new session ends that turn and has no memory. Begin it?`,
  newEndsAndTakes: ({ agent, count }: { agent: string; count: number }) =>
    `${agent} is working. A new session ends that turn and has no memory, and ` +
    `${messages(count)} that ${count === 1 ? "waits goes" : "wait go"} to it. Begin it?`,
  newTakes: ({ agent, count }: { agent: string; count: number }) =>
    `${messages(count)} for ${agent} ${count === 1 ? "waits" : "wait"} and would go to a new ` +
    "session, without memory. Begin it?",
  beginIt: "Begin it",
  clearAsks: ({ agent }: { agent: string }) => `${agent} would begin without its memory. Do it?`,
  clearDrops: ({ agent, count }: { agent: string; count: number }) =>
    `${agent} would begin without its memory, and ${messages(count)} would be dropped. Do it?`,
  renamed: ({ from, to }: { from: string; to: string }) => `${from} is now called ${to}.`,
  renameUsage: "Write the new name, as in /rename website",
  renameRefused: {
    invalid: "A name is 1 to 32 letters, digits, - or _. Try /rename website",
    taken: "Another agent has that name. Choose another one.",
    busy: "Not renamed: the agent is working. Try again when it is idle.",
    unknown: "There is no agent to rename. /list shows the running agents.",
  },

  history: ({ search }: { search: string }) =>
    search === ""
      ? "Sessions of opencode, newest first:"
      : `Sessions with “${search}” in the title:`,
  noHistory: ({ search }: { search: string }) =>
    search === ""
      ? "opencode has no sessions yet. Send a task to begin one."
      : `No session has “${search}” in its title. /history shows all of them.`,
  pastSession: ({ number, title, age, folder }: PastSession) =>
    `${number}. ${title}\n   ${age} ago, ${folder}`,
  resume: ({ number }: { number: number }) => `Resume ${number}`,
  resumeUsage: "Name a session, as in /resume ses_…; /history lists them with a button each.",
  noSuchSession: "opencode has no such session. /history lists those it has.",
  noLastSession: "There is no session to resume. /history lists those opencode has.",
  resumed: ({ agent, title }: { agent: string; title: string }) =>
    `${agent} continues “${title}”. Send a task, or /help.`,
  isYolo: "YOLO: it never asks, not even about what your settings deny. /new ends that.",
  nameTaken: ({ agent }: { agent: string }) =>
    `${agent} is running in another session. Choose another name, or /stop ${agent} first.`,

  sessionChanged: ({ agent }: { agent: string }) =>
    `Not done: ${agent} has another session now, or is stopped. Check /status.`,
  forking: "Copying the session…",
  forked: ({ agent, from }: { agent: string; from: string }) =>
    `Connected to ${agent}, a copy of ${from} with its memory. Send a task, or go back.`,
  forkedBefore: ({ agent, text }: { agent: string; text: string }) =>
    `Connected to ${agent}, a copy of its session up to “${text}”, without that message.`,
  forkReady: ({ agent, from }: { agent: string; from: string }) =>
    `${agent}, a copy of ${from}, is ready. You are still connected to the agent that you chose since then.`,
  backTo: ({ agent }: { agent: string }) => `Back to ${agent}`,
  noSuchMessage:
    "No message of yours in this session contains these words. /transcript shows them.",
  undoing: "Undoing…",
  redoing: "Redoing…",
  sharing: "Publishing the session…",
  undone: ({ text }: { text: string }) =>
    `Undone: “${text}”, with everything that came after it. /redo brings it back.`,
  undoneOutsideGit: ({ text }: { text: string }) =>
    `Undone: “${text}”. Only messages were undone; files stay as they are, since the folder is not in git.`,
  redone: "Redone.",
  redoneOutsideGit:
    "Redone. Only messages were redone; files stay as they are, since the folder is not in git.",
  undoneBefore: "There is nothing to undo: that message is not in the session any more. Go on.",
  nothingToUndo:
    "There is nothing to undo: nothing was asked in this session yet. Send a task first.",
  allUndone: "There is nothing to undo: all of this session is undone. /redo brings it back.",
  nothingToRedo: "There is nothing to redo: nothing is undone. /undo takes back the last turn.",
  compacting: "Summarising the session…",
  compacted: ({ agent }: { agent: string }) =>
    `${agent} has summarised its session and continues from there.`,
  noModel:
    "There is nothing to summarise: no model has answered in this session yet. Send a task first.",
  shared: ({ url }: { url: string }) => `Everyone with this link can read the session: ${url}`,
  shareRefused: "Not shared: opencode could not publish the session; sharing may be switched off.",
  exporting: "Exporting the session…",
  exported: ({ title }: { title: string }) => `“${title}” as Markdown and as JSON.`,
  exportedWithoutFiles: ({ title }: { title: string }) =>
    `“${title}” as Markdown and as JSON, without the contents of its files: with them it is larger than the 50 MB that a bot may send.`,
  transcript: ({ page, count }: { page: number; count: number }) => `Page ${page} of ${count}`,
  summedUp: "Everything before this was summarised here.",
  turnFailed: ({ error }: { error: string }) => `Failed: ${error}`,
  nothingSaid: "Nothing was said in this session yet. Send a task, or see past sessions.",
  nothingToExport:
    "Nothing to export: nothing was said in this session yet. Send a task, or resume a past session.",
};

interface PastSession {
  number: number;
  title: string;
  age: string;
  folder: string;
}

function messages(count: number): string {
  return `${count} ${count === 1 ? "message" : "messages"}`;
}
