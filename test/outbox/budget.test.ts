import { test } from "tap";
import { Budget, telegramLimits } from "../../src/outbox/budget.ts";
import { enqueue } from "../../src/outbox/enqueue.ts";
import { outboxLane } from "../../src/outbox/lanes.ts";
import { react } from "../../src/outbox/react.ts";
import { answerPress, say } from "../../src/outbox/say.ts";
import { conversation } from "../../src/chat/conversation.ts";
import { Pauses } from "../../src/telegram/pauses.ts";
import { signal } from "../support/memory.ts";
import { sending } from "../support/sending.ts";

const start = 1_800_000_000_000;

function budget() {
  const kept = new Map<string, string>();
  const pauses = new Pauses({
    get: async (key) => kept.get(key),
    set: async (key, value) => void kept.set(key, value),
  });
  return new Budget(pauses);
}

test("an ordinary reply waits for nothing, and no more does the first live edit after it", (t) => {
  const one = budget();
  t.equal(one.mayCall(1000, "reply", start), 0);
  for (let n = 0; n < 20; n += 1) {
    t.equal(one.mayCall(1000, "reply", start + n), 0, "a long reply goes out at once");
    one.spent(1000, "message", start + n);
  }
  for (let n = 0; n < 3; n += 1) one.spent(2000, "message", start);
  t.equal(one.mayEdit(2000, start), 0);
  one.spent(2000, "message", start);
  t.equal(one.mayEdit(2000, start), start + 1000);
  t.equal(one.mayEdit(1000, start + 20), start + 19 + 4000, "an edit waits after a burst");
  t.equal(one.mayEdit(1000, start + 5000), 0);
  t.end();
});

test("live edits and drafts of a chat keep a second apart, and no other chat's wait for them", (t) => {
  const one = budget();
  one.spent(1000, "edit", start);
  t.equal(one.mayEdit(1000, start + 10), start + 1000);
  t.equal(one.mayEdit(2000, start + 10), 0);
  one.spent(1000, "draft", start + 1000);
  t.equal(one.mayEdit(1000, start + 1999), start + 2000);
  t.equal(one.mayEdit(1000, start + 2000), 0);
  t.equal(one.mayEdit(1000, start - 3_600_000), 0, "a clock that is set back holds nothing up");
  t.end();
});

test("a group is sent 20 messages and edits a minute, and what matters more has the rest of them", (t) => {
  const one = budget();
  const counts = { live: 0, reply: 0, urgent: 0 };
  const may = {
    live: (now: number) => one.mayEdit(-100, now),
    reply: (now: number) => one.mayCall(-100, "reply", now),
    urgent: (now: number) => one.mayCall(-100, "urgent", now),
  };
  for (let now = start; now < start + 59_000; now += 1000) {
    const kind = now < start + 40_000 ? "live" : now < start + 50_000 ? "reply" : "urgent";
    if (may[kind](now) !== 0) continue;
    one.spent(-100, kind === "live" ? "edit" : "message", now);
    counts[kind] += 1;
  }
  t.same(counts, { live: 12, reply: 5, urgent: 3 });
  t.equal(one.mayCall(-100, "urgent", start + 59_000), start + 60_000);
  t.equal(one.mayCall(-200, "reply", start + 59_000), 0, "each group has its own");
  t.equal(one.mayCall(1000, "reply", start + 59_000), 0);
  t.equal(one.mayCall(-100, "reaction", start + 59_000), 0, "a reaction is no message");
  t.end();
});

test("the bot makes 30 calls a second, the last of them for what a person waits for", (t) => {
  const one = budget();
  for (let n = 0; n < 27; n += 1) one.spent(1000 + n, "message", start);
  t.equal(one.mayCall(5000, "reply", start + 1), start + 1000);
  t.equal(one.mayEdit(5000, start + 1), start + 1000);
  t.equal(one.mayCall(5000, "reaction", start + 1), start + 1000);
  for (let n = 0; n < 3; n += 1) {
    t.equal(one.mayCall(n === 0 ? undefined : 5000, "urgent", start + 1), 0);
    one.spent(n === 0 ? undefined : 5000, "message", start + 1);
  }
  t.equal(one.mayCall(5000, "urgent", start + 2), start + 1000);
  t.equal(one.mayCall(5000, "reply", start + 1000), 0);
  t.end();
});

test("after a 429 nothing goes to that chat, then edits are rarer and replies keep apart, for minutes", async (t) => {
  const one = budget();
  const now = Date.now();
  await one.limited(1000, "edit", 3000, now);
  for (const kind of ["urgent", "reply", "reaction"] as const) {
    t.equal(one.mayCall(1000, kind, now), now + 3000);
    t.equal(one.mayCall(2000, kind, now), 0);
  }
  t.equal(one.mayEdit(1000, now), now + 3000);
  t.equal(one.mayEdit(2000, now), 0);
  const after = now + 3000;
  one.spent(1000, "edit", after);
  t.equal(one.mayEdit(1000, after), after + 2000);
  one.spent(1000, "message", after);
  t.equal(
    one.mayCall(1000, "reply", after),
    after + 1000,
    "an agent's pile would run into the next",
  );
  t.equal(one.mayCall(1000, "urgent", after), 0);
  t.equal(one.mayCall(1000, "reaction", after), 0);
  one.spent(1000, "reaction", after);
  t.equal(one.mayCall(1000, "reaction", after), after + 1000);
  for (let n = 0; n < 5; n += 1) await one.limited(1000, "edit", 0, after);
  one.spent(1000, "edit", after + 60_000);
  t.equal(
    one.mayEdit(1000, after + 60_000),
    after + 60_000 + 14_000,
    "at most 15 s, less each minute",
  );
  one.spent(1000, "edit", after + 900_000);
  t.equal(one.mayEdit(1000, after + 900_000), after + 901_000);
});

test("a 429 of a draft holds drafts and live edits, and never the answer", async (t) => {
  const one = budget();
  const now = Date.now();
  await one.limited(1000, "draft", 30_000, now);
  t.equal(one.mayEdit(1000, now), now + 30_000);
  t.equal(one.mayCall(1000, "reply", now), 0);
  t.equal(one.mayEdit(2000, now), 0);
});

test("what is under way counts, and leaves room for what matters more", async (t) => {
  const one = budget();
  t.ok(one.hasRoom("urgent", 29));
  t.notOk(one.hasRoom("urgent", 30));
  t.notOk(one.hasRoom("reply", 26));
  t.notOk(one.hasRoom("reaction", 18));
  const ends = signal();
  const calls = Array.from({ length: 20 }, () => one.track(ends.promise));
  t.notOk(one.hasRoom("urgent", 10));
  t.ok(one.mayEdit(1000, start) > start, "20 live edits are enough");
  ends.resolve();
  await Promise.all(calls);
  t.equal(one.mayEdit(1000, start), 0);
});

test("of all that waits the answers and cards go first, then replies, then reactions", async (t) => {
  const begun: string[] = [];
  const { store, sender, end } = await sending(t, {
    limits: telegramLimits,
    call: async (method, { text }) => {
      begun.push(method === "setMessageReaction" ? "reaction" : String(text));
      return { kind: "ok", messageId: 1 };
    },
  });
  await store.write(async (transaction) => {
    for (let chat = 1; chat <= 20; chat += 1) {
      await react(transaction, { conversation: `${chat}`, chatMessageId: 1 }, "done");
      await say(transaction, conversation(100 + chat), "reply", { kind: "reply" });
    }
    await say(transaction, conversation(300), "a card");
    await answerPress(transaction, "1", "Allowed once.");
  });
  sender.start();
  await end(22);
  t.same(new Set(begun.slice(0, 2)), new Set(["a card", "Allowed once."]));
  t.same(new Set(begun.slice(2, 22)), new Set(["reply"]));
});

test("a flood of replies holds up no card of another chat, and 30 calls are under way at most", async (t) => {
  const release = signal();
  const full = signal();
  let underWay = 0;
  let most = 0;
  const { store, sender, send, end } = await sending(t, {
    limits: {
      ...telegramLimits,
      overall: { urgent: 99, reply: 99, live: 99, voice: 99, reaction: 99 },
    },
    call: async (_, { text }) => {
      underWay += 1;
      most = Math.max(most, underWay);
      if (underWay === 26) full.resolve();
      if (text !== "a card") await release.promise;
      underWay -= 1;
      return { kind: "ok", messageId: 1 };
    },
  });
  await store.write(async (transaction) => {
    for (let topic = 1; topic <= 40; topic += 1) {
      await say(transaction, conversation(1000, topic), "reply", { kind: "reply" });
    }
  });
  sender.start();
  await full.promise;
  await send("a card", 2000, {});
  await store.write((transaction) =>
    enqueue(transaction, {
      lane: outboxLane("3000", "urgent"),
      method: "sendMessage",
      payload: { chat_id: 3000, text: "a card" },
    }),
  );
  await end(1);
  t.equal(underWay, 26, "the card went while as many replies as may be were under way");
  release.resolve();
  await end(42);
  t.ok(most <= 30, `${most}`);
});

test("a group gets no more than its share, in order, and another chat goes on", async (t) => {
  const { store, sender, end, ended, send, outbox } = await sending(t, {
    limits: { ...telegramLimits, group: { urgent: 4, reply: 3, live: 2, voice: 2 } },
  });
  await store.write(async (transaction) => {
    for (let n = 0; n < 5; n += 1) {
      await say(transaction, conversation(-100), `reply ${n}`, { kind: "reply" });
    }
  });
  sender.start();
  await end(3);
  await store.write((transaction) => say(transaction, conversation(-100), "a card"));
  await send("elsewhere");
  await end(5);
  t.same(
    new Set(ended.slice(3).map(({ payload }) => payload["text"])),
    new Set(["a card", "elsewhere"]),
  );
  t.equal(await outbox.waiting(), 2);
});

test("what is taken at once counts among itself: the topics of a group share what it is sent", async (t) => {
  const { store, outbox } = await sending(t);
  await store.write(async (transaction) => {
    for (let topic = 1; topic <= 20; topic += 1) {
      await say(transaction, conversation(-100, topic), "reply", { kind: "reply" });
    }
  });
  const one = budget();
  t.equal((await outbox.take(new Set(), one)).length, 17);
  const due = await outbox.nextDue(new Set(), one);
  t.ok(due !== undefined && due > Date.now() + 30_000, "and the next goes when the minute is over");
});
