/** What an agent changed, what it has to do, and what it cost. */
export const changes = {
  comparing: "Comparing…",
  files: ({ count }: { count: number }) =>
    count === 1 ? "1 file changed:" : `${count} files changed:`,
  file: ({ file, additions, deletions }: { file: string; additions: number; deletions: number }) =>
    `${file}  +${additions} −${deletions}`,
  andMore: ({ count }: { count: number }) => `and ${count} more`,
  none: "Nothing has changed in the folder since the last commit.",
  noneOfSession:
    "This session has changed no file yet. Send a task, or see what changed in the folder.",
  notGit:
    "The folder is not in git, so opencode cannot tell what changed. /transcript shows what was done.",
  noSuchFile: ({ file }: { file: string }) => `Nothing has changed in a file named “${file}”.`,
  document: "The whole diff.",
  todo: "To do:",
  noTodo: "The agent has no to-do list in this session. It makes one for a larger task.",
  cost: ({ what, cost, tokens }: { what: string; cost: string; tokens: string }) =>
    `${what}: ${cost}, ${tokens} tokens`,
  /** A part of the line above it. */
  costOfModel: ({ line }: { line: string }) => `· ${line}`,
  lastTurn: "Last turn",
  session: "This session",
  /** What `cost` tells of a day: from midnight to now, where Switchboard runs. */
  today: ({ agent, sessions }: { agent: string; sessions: number }) =>
    `Today (since midnight, server time), ${sessions === 1 ? "1 session" : `${sessions} sessions`} of ${agent}`,
  todayOfAll: ({ agents }: { agents: number }) =>
    `Today (since midnight, server time), ${agents === 1 ? "1 agent" : `${agents} agents`}`,
  noCost: ({ agent }: { agent: string }) =>
    `${agent} has spent nothing today or in its session. Send it a task first.`,
  noCostOfAll: "No agent has spent anything today. Send a task first.",
  context: ({ used, limit, percent }: { used: string; limit: string; percent: number }) =>
    `${used} of ${limit} tokens of its context are used (${percent}%). /compact summarises it.`,
  contextNoLimit: ({ used }: { used: string }) =>
    `${used} tokens of its context are used; opencode does not know the limit of the model.`,
  noContext: "No model has answered in this session yet. Send a task first.",
};
