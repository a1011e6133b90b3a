import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { Refusal } from "../../src/errors.ts";
import { conversation } from "../../src/chat/conversation.ts";
import { react } from "../../src/outbox/react.ts";
import { say } from "../../src/outbox/say.ts";
import { dropReplies, requireRoom } from "../../src/outbox/share.ts";
import { change, outboxRows, queuedTexts, rows } from "../support/memory.ts";
import { chat } from "../support/bot-chat.ts";
import { line } from "../support/reply-line.ts";
import { sending } from "../support/sending.ts";
import { until } from "../support/until.ts";

const place = conversation(1000);
const reply = { kind: "reply", agent: "site" } as const;

test("what a person waits for goes before what an agent has piled up, a 429 or not", async (t) => {
  const { telegram, store, sender, end, texts } = await sending(t);
  await store.write(async (transaction) => {
    for (let n = 0; n < 20; n += 1) await say(transaction, place, `reply ${n}`, reply);
    await react(transaction, { conversation: "1000", chatMessageId: 1 }, "done");
    await say(transaction, place, "the answer to /status");
    await say(transaction, place, "a card");
  });
  telegram.operatorSends({ text: "hi" });
  telegram.fault({ method: "sendMessage", kind: "429", retryAfter: 0.2 });
  sender.start();
  await end(23);
  t.same(texts().slice(1, 4), ["the answer to /status", "a card", "reply 0"]);
  t.equal(texts().length, 23, "nothing is lost");
});

test("what one agent has waiting is bounded in calls and bytes, another's is its own", async (t) => {
  const { app, post, siteDir } = await line(t);
  const codes: number[] = [];
  for (let n = 0; n < 205; n += 1) {
    codes.push((await post({ text: `${n}`, agent: "site" })).statusCode);
  }
  t.same([codes.indexOf(429), codes.filter((code) => code === 202).length], [200, 200]);
  const refused = await post({ text: "one more", agent: "site" });
  t.match(refused.json(), { statusCode: 429, message: /^Too much of this agent waits/ });
  t.equal(refused.headers["retry-after"], "5");
  t.equal((await post({ text: "of another", agent: "default_agent" })).statusCode, 202);
  t.equal((await post({ text: "of a program" })).statusCode, 202);

  await app.store.write((transaction) => dropReplies(transaction, "site"));
  const big = 60 * 1024 * 1024;
  await change(app.store, "UPDATE outbox SET bytes = ?, agent = 'site' WHERE id = 202", big);
  await change(app.store, "UPDATE outbox SET state = 'pending' WHERE id = 202");
  writeFileSync(join(siteDir, "a.txt"), "content");
  t.equal((await post({ files: ["a.txt"], agent: "site" })).statusCode, 202);
  const adds = (bytes: number) =>
    app.store.write((transaction) => requireRoom(transaction, "site", bytes));
  await t.rejects(
    adds(big),
    new Refusal(429, "Too much of this agent waits to be sent. Try again later."),
  );
  await adds(1000);
});

test("an album counts as the messages that it is, and /stop drops all its files", async (t) => {
  const { app, post, siteDir, outgoing } = await line(t);
  writeFileSync(join(siteDir, "a.txt"), "content");
  const files = Array.from({ length: 20 }, () => "a.txt");
  for (let n = 0; n < 10; n += 1)
    t.equal((await post({ files, agent: "site" })).statusCode, 202, `${n}`);
  t.equal((await post({ text: "one more", agent: "site" })).statusCode, 429);
  t.equal(outgoing().length, 200);
  await app.store.write((transaction) => dropReplies(transaction, "site"));
  await until(() => (app.keptFiles.bound.used === 0 ? true : undefined));
  t.same(outgoing(), []);
});

test("/stop drops what the agent still had waiting, with its files, and says how much", async (t) => {
  const { app, store, write, start } = await chat(t);
  await start("site");
  await store.write(async (transaction) => {
    await say(transaction, place, "one", { ...reply, replyId: "r1" });
    await say(transaction, place, "two", { ...reply, replyId: "r2" });
    await say(transaction, place, "of another", { kind: "reply", agent: "other", replyId: "r3" });
  });
  const ended = app.outbox.replyEnded("r1", AbortSignal.timeout(10_000));
  t.match(await write("/stop site"), [/2 messages from site not sent\./]);
  t.match(await ended, { state: "failed" });
  const waiting = await rows(
    store,
    "SELECT agent FROM outbox WHERE agent IS NOT NULL AND state = 'pending'",
  );
  t.same(waiting, [{ agent: "other" }]);
});

test("a reply that keeps failing lets those behind it pass, whole, and the chat is told", async (t) => {
  const { telegram, store, sender, texts, end } = await sending(t);
  telegram.operatorSends({ text: "hi" });
  const long = `${"x".repeat(4090)}\nthe end`;
  await store.write(async (transaction) => {
    await say(transaction, place, long, { ...reply, replyId: "stuck" });
    await say(transaction, place, "behind", { ...reply, replyId: "next" });
  });
  const release = telegram.fault({ method: "sendMessage", kind: "5xx", times: 4 });
  sender.start();
  await end(4);
  release();
  const said = texts().slice(1);
  t.ok(said.indexOf("behind") < said.findIndex((text) => text.endsWith("the end")), said.join());
  t.equal(said.filter((text) => text.startsWith("Telegram does not accept one of")).length, 1);
  t.same(said.filter((text) => /^x|end$/.test(text)).length, 2, "both parts, in order");
});

test("when Telegram takes nothing at all, few replies change their places", async (t) => {
  const { telegram, store, sender } = await sending(t, { longestPauseMs: 50 });
  await store.write(async (transaction) => {
    for (let n = 0; n < 10; n += 1) {
      await say(transaction, place, `${n}`, { ...reply, replyId: `r${n}` });
    }
  });
  telegram.fault({ kind: "5xx", times: 1000 });
  sender.start();
  await telegram.until(() => (telegram.calls.length > 60 ? true : undefined));
  await sender.stop();
  const aside = (await outboxRows(store)).filter(({ lane }) => lane.includes("aside"));
  t.ok(aside.length <= 3, `${aside.length}`);
  t.ok((await queuedTexts(store)).length >= 10);
});
