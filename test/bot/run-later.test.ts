import { test } from "tap";
import { chat } from "../support/bot-chat.ts";
import { holdsAgents } from "../support/fake-opencode.ts";
import { outboxRows, rows } from "../support/memory.ts";

test("a command that opencode is slow to answer says so at once, and its answer takes that place", async (t) => {
  const { write, runTasks, controls, store } = await chat(t);
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  let asked = 0;
  controls.todo = async () => {
    asked += 1;
    await released;
    return [{ content: "write it", status: "pending", priority: "high" }];
  };
  const began = Date.now();
  t.same(await write("/todo"), ["Asking opencode…"]);
  t.ok(Date.now() - began < 5000);
  release();
  await runTasks();
  t.equal(asked, 2, "once within a moment, once with patience");
  const [said, edited] = (await outboxRows(store)).slice(-2);
  t.match(said, { method: "sendMessage", payload: { text: "Asking opencode…" } });
  t.match(edited, {
    method: "editMessageText",
    payload: { message_of: said?.id, text: "To do:\n☐ write it" },
  });
  t.same(await rows(store, "SELECT state FROM tasks"), [{ state: "done" }]);
});

test("what a command wanted before it turned out to be slow is not done", async (t) => {
  const { write, runTasks, opencode, agents, store } = await chat(t);
  const release = holdsAgents(opencode);
  t.same(await write("/mode plan"), ["Asking opencode…"]);
  t.equal((await agents.get("default_agent"))?.choice, undefined);
  release();
  await runTasks();
  t.match((await agents.get("default_agent"))?.choice, { mode: "plan" });
  t.equal(
    (await outboxRows(store)).at(-1)?.payload["text"],
    "The next prompt of default_agent runs in mode plan.",
  );
});
