import { test } from "tap";
import { Activity } from "../../../src/opencode/activity.ts";
import type { Opencode } from "../../../src/opencode/client.ts";
import type { Prompt } from "../../../src/prompts/prompt.ts";
import { TurnReader } from "../../../src/turns/live/turn-reader.ts";
import { FakeOpencode } from "../../support/fake-opencode.ts";
import { answered } from "../../support/live-events.ts";
import { prompted } from "../../support/session.ts";

const prompt = { sessionId: "ses_1", messageId: "msg_1", kind: "text" } as Prompt;

/** A reader of an opencode that has these messages of ses_1. */
function reading(stored: FakeOpencode["stored"], fields: Partial<Opencode> = {}) {
  const client = Object.assign(new FakeOpencode(), fields);
  client.stored.push(...stored);
  return new TurnReader({ client, activity: new Activity(), catalog: client });
}

test("a turn is summed up with its subagents, and without what came after it", async (t) => {
  const state = {
    status: "completed",
    input: {},
    metadata: { sessionId: "ses_2" },
    time: { start: 1, end: 2 },
  };
  const task = { id: "prt_task", type: "tool", tool: "task", state };
  const stored = [
    prompted("msg_1"),
    answered("msg_2", "msg_1", { finish: "tool-calls" }, [task]),
    answered("msg_3", "msg_1"),
    prompted("msg_4"),
    answered("msg_5", "msg_4", { modelID: "other" }),
  ];
  const messages: Opencode["messages"] = async (id, limit) =>
    id === "ses_2" ? [answered("msg_s", "msg_p")] : stored.slice(-limit);
  const summary = await reading(stored, { messages }).summary(prompt);
  t.match(summary, { status: "finished", model: "stub/fast", hasTodos: false });
  t.match(summary?.usage, { cost: 0.75, input: 3600 }, "two steps and a subagent");
});

test("a turn that is aborted is told as that; a prompt that opencode lost is nothing", async (t) => {
  const error = { name: "MessageAbortedError", data: {} };
  const stored = [prompted("msg_1"), answered("msg_2", "msg_1", { error })];
  t.equal((await reading(stored).summary(prompt))?.status, "stopped");
  t.equal(await reading([]).summary(prompt), undefined);
  t.equal(await reading(stored).summary({ ...prompt, sessionId: undefined }), undefined);
});

test("the limit of a model is known where opencode knows it", async (t) => {
  const models = { fast: { name: "Fast", limit: { context: 8000, output: 100 } } };
  const providers: Opencode["providers"] = async () => [{ id: "stub", name: "Stub", models }];
  const reader = reading([], { providers });
  t.equal(await reader.contextLimit("/srv", "stub/fast"), 8000);
  t.equal(await reader.contextLimit("/srv", "stub/slow"), undefined);
  t.equal(await reader.contextLimit("/srv", "other/fast"), undefined);
});
