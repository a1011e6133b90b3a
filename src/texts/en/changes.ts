/** What an agent changed, what it has to do, and what it cost. */
export const changes = {
  comparing: "Comparing…",
  files: ({ count }: { count: number }) =>
    count === 1 ? "1 file changed:" : `${count} files changed:`,
  file: ({ file, additions, deletions }: { file: string; additions: number; deletions: number }) =>
    `${file}  +${additions} −${deletions}`,
  andMore: ({ count }: { count: number }) => `and ${count} more`,
  none: "Nothing has changed.",
  noneOfSession: "This session has changed nothing that git tells.",
  notGit: "The folder is not in git, so opencode cannot tell what changed.",
  noSuchFile: ({ file }: { file: string }) => `Nothing has changed in a file named “${file}”.`,
  document: "The whole difference.",
  todo: "To do:",
  noTodo: "The agent has no to-do list in this session.",
  cost: ({ what, cost, tokens }: { what: string; cost: string; tokens: string }) =>
    `${what}: ${cost}, ${tokens} tokens`,
  lastTurn: "Last turn",
  session: "Session",
  today: "Today, in this session",
  noCost: "Nothing was spent in this session yet.",
  context: ({ used, limit, percent }: { used: string; limit: string; percent: number }) =>
    `${used} of ${limit} tokens of its context are used (${percent} %). /compact sums it up.`,
  contextNoLimit: ({ used }: { used: string }) =>
    `${used} tokens of its context are used; opencode does not know the limit of the model.`,
  noContext: "No model has answered in this session yet.",
};
