import { test } from "tap";
import { answered, event, messageBegins, noTokens, toolStored } from "../../support/live-events.ts";
import { liveChat } from "../../support/live-chat.ts";
import { rows } from "../../support/memory.ts";
import { prompted } from "../../support/session.ts";
import { until } from "../../support/until.ts";

const left = "SELECT prompt_id FROM live_messages";

test("a turn has one silent message with Stop, which ends as one line behind the answer", async (t) => {
  const chat = await liveChat(t);
  const { id, messageId } = await chat.begin(1);
  const [message] = chat.said();
  t.match(message?.text, /^default_agent: waiting for the model · \d s$/);
  t.same(chat.labels(), ["Stop"]);
  const sent = chat.telegram.calls.find(({ method }) => method === "sendMessage");
  t.equal(sent?.payload["disable_notification"], true);

  chat.tell(messageBegins("msg_a"), toolStored("bash", "running", { command: "npm test" }));
  await chat.showing("editMessageText", (text) => /working · \d s\n▸ bash: npm test$/.test(text));

  const diffs = [{ file: "a.ts", additions: 3, deletions: 1, patch: "" }];
  const asked = prompted(messageId);
  Object.assign(asked.info, { summary: { diffs } });
  const todo = { id: "prt_todo", type: "tool", tool: "todowrite" };
  const state = { status: "completed", input: {}, time: { start: 1, end: 2 } };
  const step = { finish: "tool-calls", cost: 0, tokens: noTokens };
  chat.opencode.stored.push(
    asked,
    answered("msg_a", messageId, step, [{ ...todo, state }]),
    answered("msg_b", messageId),
  );
  await chat.end(id);
  await chat.settled();
  const [line, answer] = chat.said();
  t.match(
    line?.text,
    /^✓ default_agent · stub\/fast · .* · 1,234 tokens · \$0\.2500 · 1 file \+3 −1$/,
  );
  t.equal(answer?.text, "Done.");
  const { calls } = chat.telegram;
  const last = calls.filter(({ method }) => /sendMessage|edit/.test(method)).slice(-2);
  t.same(
    last.map(({ method }) => method),
    ["sendMessage", "editMessageText"],
    "the answer goes first",
  );
  t.same(
    line?.reply_markup?.inline_keyboard.flat().map(({ text }) => text),
    ["Diff", "Todo"],
  );
  t.same(await rows(chat.store, left), []);
});

test("a turn that ends within a moment has no live message", async (t) => {
  const chat = await liveChat(t, { showAfterMs: 60_000 });
  const { id } = await chat.begin(1);
  await chat.end(id);
  await chat.settled();
  t.same(
    chat.said().map(({ text }) => text),
    ["Done."],
  );
});

test("a live message that was not sent before its turn ended is not sent at all", async (t) => {
  const chat = await liveChat(t);
  await chat.app.sender.stop();
  const { id } = await chat.begin(1, { isSent: false });
  t.same(await rows(chat.store, left), [{ prompt_id: id }]);
  await chat.end(id);
  // Not a moment later: the answer could be sent by then.
  const waiting = await rows<{ method: string; lane: string }>(
    chat.store,
    "SELECT method, lane FROM outbox WHERE state = 'pending' AND lane LIKE '% live'",
  );
  t.same(waiting, []);
  t.same(await rows(chat.store, left), []);
  await chat.live.settled();
  t.same(await rows(chat.store, "SELECT id FROM outbox WHERE lane LIKE '% live'"), []);
});

test("quiet shows only answers", async (t) => {
  const chat = await liveChat(t, { env: { VERBOSITY: "quiet" } });
  const { id } = await chat.begin(1);
  chat.tell(messageBegins("msg_a"));
  await chat.end(id);
  await chat.settled();
  t.same(
    chat.said().map(({ text }) => text),
    ["Done."],
  );
});

test("after a restart the same message goes on; one whose turn is over ends truthfully", async (t) => {
  const before = await liveChat(t);
  const { store, telegram } = before;
  const first = await before.begin(1);
  await before.live.stop();
  await before.app.sender.stop();
  // The process died between the end of the turn and the last state of its message.
  await before.end(first.id, { kind: "stopped", text: "" });

  const after = await liveChat(t, { store, telegram });
  await after.settled();
  t.same(
    after.said().map(({ text }) => text),
    ["✗ default_agent, failed", "Turn stopped."],
  );
  const second = await after.begin(2);
  await after.live.stop();
  await after.app.sender.stop();

  const last = await liveChat(t, { store, telegram });
  await last.settled();
  last.tell(messageBegins("msg_a"), toolStored("read", "running", { filePath: "a.ts" }));
  await last.showing("editMessageText", (text) => text.includes("▸ read: a.ts"));
  t.equal(last.said().length, 3, "no second message for the same turn");
  t.same(last.labels(), ["Stop"], "its button is kept");
  last.opencode.stored.push(prompted(second.messageId), answered("msg_a", second.messageId));
  await last.end(second.id);
  await last.settled();
  t.match(last.said()[2]?.text, /^✓ default_agent · stub\/fast/);
});

test("a live message that may have come twice ends truthfully, the one that is not known as well", async (t) => {
  const chat = await liveChat(t);
  chat.telegram.fault({ kind: "reset-after", method: "sendMessage" });
  const { id, messageId } = await chat.begin(1);
  const [first, repeat] = chat.said();
  t.match([first?.text, first?.reply_markup], ["default_agent has begun.", undefined]);
  t.match(repeat?.text, /^default_agent: waiting for the model/);
  t.same(chat.labels(), ["Stop"], "on the one that can be edited");
  chat.opencode.stored.push(prompted(messageId), answered("msg_a", messageId));
  await chat.end(id);
  await chat.settled();
  const said = chat.said().map(({ text }) => text);
  t.match(said, ["default_agent has begun.", /^✓ default_agent/, "Done."]);
  t.same(
    chat.said().flatMap(({ reply_markup: markup }) => markup?.inline_keyboard ?? []),
    [],
  );
});

test("events of other sessions are dropped", async (t) => {
  const chat = await liveChat(t);
  await chat.begin(1);
  chat.tell(
    messageBegins("msg_x", "ses_other"),
    toolStored("bash", "running", { command: "rm" }, { sessionID: "ses_other" }),
    toolStored("read", "running", { filePath: "a.ts" }),
  );
  await chat.showing("editMessageText", (text) => text.includes("▸ read"));
  t.notMatch(chat.shown("editMessageText").join("\n"), "rm");
});

test("while a card waits for an answer it stays the newest message", async (t) => {
  const chat = await liveChat(t, { showAfterMs: 400 });
  await chat.begin(1);
  chat.tell(event("permission.asked", { sessionID: "ses_1", id: "per_1" }));
  await new Promise((resolve) => setTimeout(resolve, 600));
  t.same(await rows(chat.store, left), []);
  chat.tell(event("permission.replied", { sessionID: "ses_1", requestID: "per_1" }));
  await until(async () => (await rows(chat.store, left))[0]);
});
