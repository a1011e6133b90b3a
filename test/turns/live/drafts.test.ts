import { test } from "tap";
import { delta, messageBegins, partStored, status, textBegins } from "../../support/live-events.ts";
import { liveChat } from "../../support/live-chat.ts";
import { markReplied } from "../../../src/prompts/prompts.ts";
import { say } from "../../../src/outbox/say.ts";
import { conversation } from "../../../src/chat/conversation.ts";
import { until } from "../../support/until.ts";

const begins = [messageBegins("msg_a"), textBegins("prt_t")];

test("a growing answer is a draft of its turn that can be stopped, and goes before the answer comes", async (t) => {
  const chat = await liveChat(t, { showAfterMs: 60_000 });
  const { id } = await chat.begin(1);
  chat.tell(...begins, delta("prt_t", "One"), delta("prt_t", " two"));
  await until(() => chat.telegram.drafts()[0]);
  t.match(chat.telegram.drafts(), [{ draft_id: id, text: "One two", can_stop: true }]);
  chat.tell(delta("prt_t", " three"), status({ type: "idle" }));
  await chat.end(id);
  await chat.settled();
  t.same(chat.telegram.drafts(), [], "the answer has ended it");
  await new Promise((resolve) => setTimeout(resolve, 1100));
  t.same(chat.telegram.drafts(), [], "and none comes behind it");
  t.equal(chat.shown("sendMessageDraft").length, 1);
});

test("what the agent then says by its own tool ends the draft of it, for good", async (t) => {
  const chat = await liveChat(t);
  const { id } = await chat.begin(1);
  chat.tell(...begins, delta("prt_t", "Half of it"));
  await until(() => chat.telegram.drafts()[0]);
  await chat.store.write(async (transaction) => {
    await markReplied(transaction, id, "All of it");
    await say(transaction, conversation(1000), "All of it", { kind: "reply" });
  });
  await chat.settled();
  // The same part is stored once more when it ends; nothing grows by that.
  const time = { start: 1, end: 2 };
  chat.tell(partStored({ id: "prt_t", type: "text", text: "Half of it", time }));
  await new Promise((resolve) => setTimeout(resolve, 1100));
  t.same(chat.telegram.drafts(), []);
  t.equal(chat.shown("sendMessageDraft").length, 1);
  t.notMatch(
    chat.shown("editMessageText").join("\n"),
    "Half of it",
    "nor is it in the live message",
  );
  chat.tell(messageBegins("msg_b"), textBegins("prt_u", "msg_b"), delta("prt_u", "And this"));
  await until(() => chat.telegram.drafts().find(({ text }) => text === "And this"));
});

test("the draft of an agent that the chat does not talk to begins with its name", async (t) => {
  const chat = await liveChat(t, { showAfterMs: 60_000 });
  await chat.begin(1);
  await chat.start("site");
  await chat.write("/switch site");
  chat.tell(...begins, delta("prt_t", "One *two*"));
  const [draft] = await until(() =>
    chat.telegram.drafts()[0] ? chat.telegram.drafts() : undefined,
  );
  t.equal(draft?.text, "❖ default_agent:\nOne two");
  const call = chat.telegram.calls.findLast(({ method }) => method === "sendMessageDraft");
  t.match(call?.payload["entities"], [
    { type: "bold", offset: 0, length: 16 },
    { type: "italic", offset: 21, length: 3 },
  ]);
});

test("an answer that is there at once has no draft", async (t) => {
  const chat = await liveChat(t, { showAfterMs: 60_000 });
  const { id } = await chat.begin(1);
  chat.tell(...begins, delta("prt_t", "Done."), status({ type: "idle" }));
  await chat.end(id);
  await chat.settled();
  await new Promise((resolve) => setTimeout(resolve, 200));
  t.same(chat.shown("sendMessageDraft"), []);
});

test("where the server has no drafts the live message shows the text, from then on", async (t) => {
  const chat = await liveChat(t);
  const { telegram } = chat;
  const description = "Not Found: method not found";
  telegram.fault({ kind: "refuse", status: 404, description, method: "sendMessageDraft" });
  const first = await chat.begin(1);
  chat.tell(...begins, delta("prt_t", "One two"));
  await chat.showing("editMessageText", (text) => text.endsWith("\n\nOne two"));
  await chat.end(first.id);
  await chat.settled();
  await chat.begin(2);
  chat.tell(...begins, delta("prt_t", "Three"));
  await chat.showing("editMessageText", (text) => text.endsWith("\n\nThree"));
  t.equal(telegram.calls.filter(({ method }) => method === "sendMessageDraft").length, 1);
});

test("a draft that is refused for another reason is missed by its own turn only", async (t) => {
  const chat = await liveChat(t, { showAfterMs: 60_000 });
  const description = "Bad Request: chat not found";
  chat.telegram.fault({ kind: "refuse", status: 400, description, method: "sendMessageDraft" });
  const first = await chat.begin(1);
  chat.tell(...begins, delta("prt_t", "One"));
  await until(() => chat.telegram.calls.find(({ outcome }) => outcome === "fault"));
  await chat.end(first.id);
  await chat.settled();
  const { id } = await chat.begin(2);
  chat.tell(...begins, delta("prt_t", "Two"));
  await until(() => chat.telegram.drafts()[0]);
  t.match(chat.telegram.drafts(), [{ draft_id: id, text: "Two" }]);
});

test("with REPLY_MODE=tool nothing is shown of what the model writes", async (t) => {
  const chat = await liveChat(t, { env: { REPLY_MODE: "tool" } });
  await chat.begin(1);
  chat.tell(...begins, delta("prt_t", "One two"));
  await chat.showing("editMessageText", (text) => text.includes("writing"));
  t.notMatch(chat.shown("editMessageText").join("\n"), "One two");
  t.same(chat.shown("sendMessageDraft"), []);
});
