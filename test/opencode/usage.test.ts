import { test } from "tap";
import type { SessionMessage } from "../../src/opencode/client.ts";
import { contextOf, usageOf } from "../../src/opencode/usage.ts";
import { prompted } from "../support/session.ts";

const day = 24 * 60 * 60 * 1000;
const noon = new Date(2026, 10, 25, 12).getTime();

function answered(fields: {
  at: number;
  cost?: number;
  output?: number;
  model?: string;
  summary?: boolean;
}): SessionMessage {
  const { at, cost = 0, output = 1, model = "own", summary } = fields;
  const tokens = { input: 10, output, reasoning: 2, cache: { read: 100, write: 5 } };
  return {
    info: {
      role: "assistant",
      providerID: "stub",
      modelID: model,
      cost,
      tokens:
        output === 0 ? { ...tokens, input: 0, reasoning: 0, cache: { read: 0, write: 0 } } : tokens,
      time: { created: at, completed: at + 1 },
      finish: "stop",
      summary,
    },
    parts: [],
  } as unknown as SessionMessage;
}

const messages = [
  prompted("msg_1", "one", noon),
  answered({ at: noon + 1, cost: 0.5 }),
  prompted("msg_2", "two", noon + day),
  answered({ at: noon + day + 1, cost: 1, model: "dear" }),
  answered({ at: noon + day + 2, cost: 0.25 }),
];

test("cost and tokens are summed by turn, day and model", async (t) => {
  const report = usageOf(messages);
  t.same(report.session, {
    cost: 1.75,
    input: 30,
    output: 3,
    reasoning: 6,
    cacheRead: 300,
    cacheWrite: 15,
  });
  t.same(
    report.turns.map(({ messageId, startedAt, usage }) => [messageId, startedAt, usage.cost]),
    [
      ["msg_1", noon, 0.5],
      ["msg_2", noon + day, 1.25],
    ],
  );
  t.same(
    report.days.map(({ day: name, usage }) => [name, usage.cost]),
    [
      ["2026-11-25", 0.5],
      ["2026-11-26", 1.25],
    ],
  );
  t.same(
    report.models.map(({ model, usage }) => [model, usage.cost]),
    [
      ["stub/dear", 1],
      ["stub/own", 0.75],
    ],
  );
});

test("what subagents cost counts for the turn they ran in", async (t) => {
  const child = [prompted("msg_c", "look", noon + 2), answered({ at: noon + 3, cost: 4 })];
  const report = usageOf(messages, [child]);
  t.same([report.session.cost, report.turns.length], [5.75, 2]);
  t.same(
    report.turns.map(({ usage }) => usage.cost),
    [4.5, 1.25],
  );
  t.same(report.days[0]?.usage.cost, 4.5);
});

test("nothing costs nothing", async (t) => {
  t.same(usageOf([]).session.cost, 0);
  t.same([usageOf([]).turns, usageOf([]).days, usageOf([]).models], [[], [], []]);
});

test("the context in use is that of the newest answer, against its model's limit", async (t) => {
  const limit = { context: 1000, output: 10 };
  const models = { own: { name: "Own", limit }, dear: { name: "Dear" } };
  const providers = [{ id: "stub", name: "Stub", models }];
  const own = { used: 118, limit: 1000, model: "stub/own" };
  t.same(contextOf(messages, providers), own);
  t.same(
    contextOf([...messages, answered({ at: noon, output: 0 })], providers),
    own,
    "an answer that has just begun",
  );
  t.same(contextOf([answered({ at: 1, model: "dear" })], providers)?.limit, undefined);
  t.same(contextOf([answered({ at: 1, output: 7, summary: true })], providers)?.used, 7);
  t.same(contextOf([], providers), undefined);
});
