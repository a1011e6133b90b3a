import { test } from "tap";
import { type AbortWish, isAbortable } from "../../src/turns/aborts.ts";
import { prompted } from "../support/session.ts";
import { answerTo } from "../support/working.ts";

const at = Date.now();
const wish = (fields: Partial<AbortWish> = {}): AbortWish => ({
  prompts: [{ id: 1, messageId: "msg_1", state: "running" }],
  at,
  ...fields,
});
const asked = (id: string, created = at - 1000) => prompted(id, id, created);
const unfinished = (id: string, n = 0) => answerTo(id, { completed: false }, n);
const step = (id: string, n = 0) => answerTo(id, { finish: "tool-calls" }, n);
const over = (id: string) => answerTo(id, { text: "done" });

test("only the turn that was meant is aborted, and only while it runs", async (t) => {
  const running = [asked("msg_1"), unfinished("msg_1")];
  t.ok(isAbortable(running, wish()));
  t.ok(isAbortable([asked("msg_1")], wish()), "the model was not asked yet");
  t.ok(isAbortable([asked("msg_1"), step("msg_1")], wish()), "between two steps");
  t.notOk(isAbortable([asked("msg_1"), over("msg_1")], wish()), "it is over");
  t.notOk(isAbortable([], wish()));
  const next = [asked("msg_1"), over("msg_1"), asked("msg_2"), unfinished("msg_2")];
  t.notOk(isAbortable(next, wish()), "another turn runs by then, though it had begun before");
});

test("what was written into the running turn makes it no other one", async (t) => {
  const running = [asked("msg_1"), unfinished("msg_1"), asked("msg_typed", at + 5)];
  t.ok(isAbortable(running, wish()));
  t.ok(isAbortable([...running, asked("msg_too", at + 6)], wish()));
  const later = [asked("msg_1"), step("msg_1"), asked("msg_typed"), unfinished("msg_typed", 1)];
  t.ok(isAbortable(later, wish()), "it was taken in after a step");
});

test("the beginning of a long turn need not be among the newest messages", async (t) => {
  const steps = Array.from({ length: 9 }, (_, n) => step("msg_1", n));
  t.ok(isAbortable([...steps, unfinished("msg_1", 9)], wish()), "its answers name the prompt");
  // After a summary they name a message of opencode's own.
  const renamed = Array.from({ length: 9 }, (_, n) => step("msg_own", n));
  const long = [...renamed, unfinished("msg_own", 9)];
  for (const { info } of long) info.time.created = at - 100;
  t.ok(isAbortable(long, wish()), "it had begun by then");
  for (const { info } of long) info.time.created = at + 100;
  t.notOk(isAbortable(long, wish()), "it began later");
});

test("a prompt on its way is meant by what had begun by then, as its message is not known", async (t) => {
  const typed = [asked("msg_typed"), unfinished("msg_typed")];
  t.notOk(isAbortable(typed, wish()));
  const prompts = [{ id: 1, messageId: "msg_1", state: "delivering" as const }];
  t.ok(isAbortable(typed, wish({ prompts })));
});

test("a turn that no prompt began is meant by its message, else by its time", async (t) => {
  const typed = [asked("msg_typed"), unfinished("msg_typed")];
  t.ok(isAbortable(typed, wish({ prompts: [], messageId: "msg_typed" })));
  t.notOk(isAbortable(typed, wish({ prompts: [], messageId: "msg_before" })));
  t.ok(isAbortable(typed, wish({ prompts: [] })));
  const later = [asked("msg_typed", at), unfinished("msg_typed")];
  later[1]!.info.time.created = at + 1;
  t.notOk(isAbortable(later, wish({ prompts: [] })));
});

test("after an abort that was made, nothing is aborted for the same wish", async (t) => {
  const aborted = answerTo("msg_1", { error: "MessageAbortedError" });
  const stranded = [asked("msg_1"), aborted, asked("msg_2")];
  const prompts = [1, 2].map((id) => ({ id, messageId: `msg_${id}`, state: "running" as const }));
  Object.assign(aborted.info.time, { completed: at + 1 });
  t.notOk(isAbortable(stranded, wish({ prompts })));
  Object.assign(aborted.info.time, { completed: at - 1 });
  t.ok(isAbortable(stranded, wish({ prompts })), "one before the wish does not count");
});
