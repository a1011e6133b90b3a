import { test } from "tap";
import { endLine } from "../../../src/turns/live/live-end.ts";
import type { TurnSummary } from "../../../src/turns/live/turn-reader.ts";

const nothing = { cost: 0, input: 0, output: 0, reasoning: 0, cacheRead: 0, cacheWrite: 0 };
const summary: TurnSummary = {
  status: "finished",
  model: "stub/fast",
  endedAt: 73_000,
  usage: { ...nothing, cost: 0.0123, input: 12_000, output: 345 },
  files: { count: 3, additions: 12, deletions: 4 },
  hasTodos: false,
};
const done = { agent: "site", state: "done" as const };
const failed = { agent: "site", state: "failed" as const };

test("the line tells agent, model, time, tokens, cost and what changed, as far as they are known", async (t) => {
  t.equal(
    endLine(done, 1000, summary),
    "✓ site · stub/fast · 1 min 12 s · 12,345 tokens · $0.0123 · 3 files +12 −4",
  );
  const files = { count: 0, additions: 0, deletions: 0 };
  const bare = { ...summary, usage: nothing, files, endedAt: undefined };
  t.equal(endLine(done, 1000, bare), "✓ site · stub/fast");
  t.equal(endLine(done, 1000, undefined), "✓ site");
  t.equal(endLine(failed, 1000, undefined), "✗ site, failed");
});

test("the line tells the truth about how the turn ended", async (t) => {
  const first = (status: TurnSummary["status"], prompt: Parameters<typeof endLine>[0] = failed) =>
    endLine(prompt, 1000, { ...summary, status }).split(" · ")[0];
  t.equal(first("stopped"), "■ site, stopped");
  t.equal(first("rejected"), "■ site, rejected");
  t.equal(first("failed"), "✗ site, failed");
  t.equal(first("cut off"), "✗ site, cut off");
  t.equal(first("unstarted"), "✗ site, failed");
  t.equal(first("cut off", { agent: "site", state: "cancelled" }), "■ site, stopped");
});
