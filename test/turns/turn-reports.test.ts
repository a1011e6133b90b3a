import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test, type Test } from "tap";
import type { FormattedText } from "../../src/chat/formatted-text.ts";
import type { SessionMessage } from "../../src/opencode/client.ts";
import { markReplied } from "../../src/prompts/prompts.ts";
import { reconciling } from "../support/reconciling.ts";
import { outboxRows, queuedTexts } from "../support/memory.ts";
import { answer, prompted } from "../support/session.ts";

/** An answer to a message, under an id of its own. */
function answerTo(id: string, fields: Parameters<typeof answer>[0]): SessionMessage {
  const message = answer(fields);
  return { ...message, info: { ...message.info, id: `${id}_a`, parentID: id } as never };
}

/** Agent `site`, whose session is known; `turn` lets somebody else prompt it. */
async function known(t: Test) {
  const site = await reconciling(t);
  await site.run();
  const { opencode, messages, app } = site;
  let reads = 0;
  const { messages: read } = opencode;
  opencode.messages = async (...given) => {
    reads += 1;
    return read(...given);
  };
  return {
    ...site,
    reads: () => reads,
    began: () => app.activity.began("ses_1"),
    turn: (id: string, fields: Parameters<typeof answer>[0]) => {
      app.activity.began("ses_1");
      messages.push(prompted(id), answerTo(id, fields));
    },
    said: () => queuedTexts(site.store),
  };
}

const marked = (text: string) => `❖ site (not asked from here):\n\n${text}`;

test("what was said before a session was first seen is not reported, what follows is, once", async (t) => {
  const { run, turn, messages, app, said } = await known(t);
  turn("msg_1", { text: "one" });
  await run();
  turn("msg_2", { text: "" });
  turn("msg_3", { text: "three", finish: "length" });
  await run();
  app.activity.missed();
  await run();
  t.match(await said(), [marked("one"), /three\n\nThe answer was cut at/]);
  t.equal((await said()).length, 2);
  t.equal(messages.length, 6);
});

test("a turn that runs when its session is first seen is reported", async (t) => {
  const { run, sessions, messages, store } = await reconciling(t);
  messages.push(prompted("msg_0"), answerTo("msg_0", { text: "history" }), prompted("msg_1"));
  sessions.now.busy = true;
  await run();
  sessions.now.busy = false;
  messages.push(answerTo("msg_1", { text: "news" }));
  await run();
  t.same(await queuedTexts(store), [marked("news")]);
});

test("a prompt's turn is read once, and the next one only after a turn began", async (t) => {
  const { run, write, reads, messages, prompts, turn, said } = await known(t);
  await run();
  const before = reads();
  await write("x");
  await run();
  const { messageId } = (await prompts.head("site"))!;
  messages.push(answerTo(messageId, { text: "asked" }));
  await run();
  await run();
  t.equal(reads() - before, 1, "only the end of the turn was read");
  turn("msg_1", { text: "not asked" });
  await run();
  t.same(await said(), ["asked", marked("not asked")]);
});

test("turns before and after a prompt's, seen only at its end, are reported once", async (t) => {
  const { run, write, messages, prompts, turn, said, app } = await known(t);
  await write("x");
  await run();
  const { messageId } = (await prompts.head("site"))!;
  const [asked] = messages.splice(0);
  turn("msg_1", { text: "before" });
  messages.push(asked!, answerTo(messageId, { text: "asked" }));
  turn("msg_2", { text: "after" });
  const told: boolean[] = [];
  app.turnReports.on("ended", ({ ms }) => told.push(ms !== undefined));
  for (const _ of [1, 2, 3]) await run();
  app.activity.missed();
  await run();
  t.same(told, [true, false, false], "it tells of each once, and of which a prompt began");
  t.same(await said(), ["asked", marked("before"), marked("after")]);
});

test("a prompt on its way whose message is not found yet is not taken for somebody else's", async (t) => {
  const { run, write, typing, messages, states, store, app } = await reconciling(t, "tmux");
  await run();
  await write("x");
  const { type } = typing;
  typing.type = async () => {
    throw new Error("the process ended after Enter");
  };
  await t.rejects(run());
  t.same(await states(), ["delivering"]);
  app.activity.began("ses_1");
  messages.push(prompted("msg_typed", "x"), answerTo("msg_typed", { text: "asked" }));
  typing.recover = async () => {
    throw new Error("it cannot be looked for now");
  };
  await t.rejects(run());
  typing.recover = async () => "msg_typed";
  typing.type = type;
  for (const _ of [1, 2, 3]) await run();
  t.same(await states(), ["done"]);
  t.same(await queuedTexts(store), ["asked"]);
});

test("a turn that may only have paused is waited for, then reported as far as it came", async (t) => {
  const { run, messages, began, said } = await known(t);
  const step = answerTo("msg_1", { text: "so far", finish: "tool-calls" });
  step.info.time.created = Date.now();
  began();
  messages.push(prompted("msg_1"), step);
  t.match(await run(), { againInMs: 1000 });
  t.same(await said(), []);
  step.info.time.created -= 6000;
  t.match(await run(), { againInMs: undefined });
  t.same(await said(), [marked("so far")]);
});

test("a turn that is read while its agent is renamed is reported once, under the new name", async (t) => {
  const { app, store, agents, opencode, turn, said } = await known(t);
  turn("msg_1", { text: "one" });
  const { messages: read } = opencode;
  const before = (await agents.get("site"))!;
  opencode.messages = async (...given) => {
    if (!(await agents.get("shop")))
      await store.write((transaction) => app.lifecycle.rename(transaction, "site", "shop"));
    return read(...given);
  };
  await app.reconciler.reconcile(before);
  await app.reconciler.reconcile((await agents.get("shop"))!);
  t.same(await said(), ["❖ shop (not asked from here):\n\none"]);
});

test("a final text that is too long for messages comes with a document, which is kept only for that", async (t) => {
  const { run, write, messages, prompts, turn, store, app } = await known(t);
  const outgoing = () => readdirSync(join(app.config.dataDir, "outgoing"));
  const long = `# Report\n\n${"**All** the words of it.\n\n".repeat(1000)}End.`;
  turn("msg_1", { text: long });
  await run();
  const [head, file] = await outboxRows(store);
  const { text, entities } = head!.payload as unknown as FormattedText;
  t.match(
    text,
    /^❖ site \(not asked from here\):\n\nReport\nAll the words[^]*attached: answer\.md$/,
  );
  t.ok(text.length <= 4094 && entities.some(({ type }) => type === "bold"));
  t.match(file, { method: "sendDocument", payload: { document: { name: "answer.md" } } });
  const { path } = file!.payload["document"] as { path: string };
  t.equal(readFileSync(path, "utf8"), long);

  await write("x");
  await run();
  const prompt = (await prompts.head("site"))!;
  await store.write((transaction) => markReplied(transaction, prompt.id, long));
  messages.push(answerTo(prompt.messageId, { text: long }));
  await run();
  const sent = (await outboxRows(store)).filter(({ method }) => method.startsWith("send"));
  t.equal(sent.length, 2, "the agent itself has said it");
  t.equal(outgoing().length, 1, "and no copy of it stays");
});
