import { test } from "tap";
import type { OpencodeEvent } from "../../../src/opencode/events.ts";
import {
  fold,
  foldMessages,
  newProgress,
  textOf,
  thinkingOf,
} from "../../../src/turns/live/turn-progress.ts";
import {
  answered,
  delta,
  event,
  messageBegins,
  partStored,
  progressAfter,
  status,
  stepEnds,
  subagentBegins,
  textBegins,
  toolStored,
} from "../../support/live-events.ts";

const after = (...events: OpencodeEvent[]) => progressAfter(events);

test("text and thinking grow by their deltas, and begin anew with the next message", async (t) => {
  const begins = partStored({ id: "prt_r", type: "reasoning", text: "", time: { start: 1 } });
  const { progress, changes } = after(
    messageBegins("msg_a"),
    begins,
    delta("prt_r", "Hm"),
    textBegins("prt_t"),
    delta("prt_t", "One "),
    delta("prt_t", "two"),
    delta("prt_of_nobody", "three"),
  );
  t.equal(textOf(progress), "One two");
  t.equal(thinkingOf(progress), "Hm");
  t.same(changes, ["shown", "shown", "text", "shown", "text", "text", "nothing"]);
  t.equal(progress.model, "stub/fast");
  t.equal(progress.growing, "text");
  fold(progress, partStored({ id: "prt_t", type: "text", text: "One two!", time: { end: 2 } }));
  t.equal(textOf(progress), "One two!", "what is stored at its end is what counts");
  t.equal(progress.growing, undefined);
  fold(progress, messageBegins("msg_b"));
  t.equal(textOf(progress), "");
});

test("a prompt's own text and what a subagent writes are no text of the agent", async (t) => {
  const { progress } = after(
    messageBegins("msg_a"),
    partStored({ messageID: "msg_prompt", type: "text", text: "do it" }),
    subagentBegins("ses_2", "explore"),
    messageBegins("msg_c", "ses_2"),
    partStored({ messageID: "msg_c", type: "text", text: "found" }, "ses_2"),
  );
  t.equal(textOf(progress), "");
  t.equal(progress.messageId, "msg_a");
});

test("a message whose beginning was not heard is known by its parts", async (t) => {
  const { progress } = after(
    messageBegins("msg_a"),
    textBegins("prt_t", "msg_b"),
    delta("prt_t", "later"),
    partStored({ messageID: "msg_a", type: "text", text: "earlier", time: { start: 1, end: 2 } }),
  );
  t.equal(textOf(progress), "later");
});

test("tools run and finish; the output of one that runs changes nothing", async (t) => {
  const runs = toolStored("bash", "running", { command: "npm test" });
  const { progress, changes } = after(
    toolStored("bash", "pending"),
    runs,
    runs,
    toolStored("read", "running", { filePath: "a.ts" }),
    toolStored("bash", "error", { command: "npm test" }),
  );
  t.same(changes, ["shown", "shown", "nothing", "shown", "shown"]);
  t.match([...progress.running.values()], [{ tool: "read", subject: "a.ts" }]);
  t.match(progress.finished, [{ tool: "bash", subject: "npm test", state: "error" }]);
  for (let n = 0; n < 40; n += 1) fold(progress, toolStored("read", "completed", {}));
  t.equal(progress.finished.length, 15, "only the newest are kept");
});

test("subagents are known by name, with their tool, until they rest; theirs count too", async (t) => {
  const { progress } = after(
    subagentBegins("ses_2", "explore"),
    subagentBegins("ses_3", "general", "ses_2"),
    subagentBegins("ses_9", "other", "ses_of_another"),
    toolStored("grep", "running", { pattern: "x" }, { sessionID: "ses_3" }),
    status({ type: "idle" }, "ses_2"),
  );
  t.match([...progress.subagents], [["ses_3", { name: "general", tool: { tool: "grep" } }]]);
  t.equal(progress.running.size, 0, "its tool is none of the agent's own");
});

test("a model that is asked again, decisions, the to-do list and the context are known", async (t) => {
  const todos = [{ content: "one", status: "completed", priority: "high" }];
  const { progress } = after(
    status({ type: "retry", attempt: 2, message: "Overloaded", next: 5000 }),
    event("permission.asked", { sessionID: "ses_1", id: "per_1" }),
    event("question.asked", { sessionID: "ses_2", id: "que_1" }),
    event("permission.replied", { sessionID: "ses_1", requestID: "per_1", reply: "once" }),
    event("todo.updated", { sessionID: "ses_1", todos }),
    event("todo.updated", { sessionID: "ses_2", todos: [] }),
    stepEnds(900),
  );
  t.match(progress, { retry: { attempt: 2, nextAt: 5000 }, todos, contextUsed: 900 });
  t.same([...progress.decisions], ["que_1"]);
  t.equal(fold(progress, status({ type: "busy" })), "shown");
  t.equal(progress.retry, undefined);
  t.equal(fold(progress, status({ type: "busy" })), "nothing");
});

test("after a gap what is listed is taken in", async (t) => {
  const progress = newProgress("ses_1", 0);
  const part = {
    id: "prt_t",
    type: "text",
    text: "so far",
    sessionID: "ses_1",
    messageID: "msg_b",
  };
  foldMessages(progress, [
    answered("msg_a", "msg_1"),
    { ...answered("msg_b", "msg_1"), parts: [{ ...part, time: { start: 1 } }] as never },
  ]);
  fold(progress, delta("prt_t", " and on"));
  t.equal(textOf(progress), "so far and on");
});
