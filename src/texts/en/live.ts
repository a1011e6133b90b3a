/** The message that shows a turn while it runs, and the line it ends as. */
export const live = {
  /** What it shows first, which is true whatever comes after it. */
  begun: ({ agent }: { agent: string }) => `${agent} has begun.`,
  head: ({ agent, state, age }: { agent: string; state: string; age: string }) =>
    `${agent}: ${state} · ${age}`,
  states: {
    stopping: "stopping",
    asks: "waiting for your decision",
    delegates: "waiting for its subagents",
    tool: "working",
    writing: "writing",
    thinking: "thinking",
    waiting: "waiting for the model",
  },
  hours: ({ hours, minutes }: { hours: number; minutes: number }) => `${hours} h ${minutes} min`,
  minutes: ({ minutes, seconds }: { minutes: number; seconds: number }) =>
    `${minutes} min ${seconds} s`,
  seconds: ({ seconds }: { seconds: number }) => `${seconds} s`,
  retry: ({ reason, wait }: { reason: string; wait: string }) => `${reason}, next try in ${wait}`,
  overloaded: "model overloaded",
  rateLimited: "model rate limit reached",
  unreachable: "model unreachable",
  context: ({ used }: { used: string }) => `Context: ${used} tokens`,
  contextOf: ({ used, limit, percent }: { used: string; limit: string; percent: number }) =>
    `Context: ${used} of ${limit} tokens (${percent}%)`,
  stop: "Stop",
  diff: "Diff",
  todo: "Todo",
  ends: {
    finished: ({ agent }: { agent: string }) => `✓ ${agent}`,
    stopped: ({ agent }: { agent: string }) => `■ ${agent}, stopped`,
    rejected: ({ agent }: { agent: string }) => `■ ${agent}, rejected`,
    failed: ({ agent }: { agent: string }) => `✗ ${agent}, failed`,
    cutOff: ({ agent }: { agent: string }) => `✗ ${agent}, cut off`,
  },
  tokens: ({ count }: { count: string }) => `${count} tokens`,
  files: ({
    count,
    additions,
    deletions,
  }: {
    count: number;
    additions: number;
    deletions: number;
  }) => `${count === 1 ? "1 file" : `${count} files`} +${additions} −${deletions}`,
};
