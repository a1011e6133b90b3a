import { test } from "tap";
import { Activity } from "../../src/opencode/activity.ts";

test("who waits for a session looks again at each hint, and gives up in time", async (t) => {
  const activity = new Activity();
  let looks = 0;
  const found = activity.waitFor(
    "ses_1",
    async () => {
      looks += 1;
      if (looks === 1) queueMicrotask(() => activity.notify("ses_1"));
      return looks === 2 ? "found" : undefined;
    },
    { timeoutMs: 60_000, everyMs: 60_000 },
  );
  t.equal(await found, "found");
  const never = { timeoutMs: 10, everyMs: 2 };
  activity.notify("ses_2");
  t.equal(await activity.waitFor("ses_2", async () => undefined, never), undefined);
  await t.rejects(
    activity.waitFor("ses_3", async () => Promise.reject(new Error("down")), never),
    { message: "down" },
  );
});

test("a session's mark stays as it is until a turn begins there, or may have", async (t) => {
  const activity = new Activity();
  const before = activity.turnMark("ses_1");
  activity.notify("ses_1");
  activity.began("ses_2");
  t.equal(activity.turnMark("ses_1"), before);
  activity.began("ses_1");
  const begun = activity.turnMark("ses_1");
  t.not(begun, before);
  activity.missed();
  t.not(activity.turnMark("ses_1"), begun);
});

test("where events were missed nothing is said to have come to rest", async (t) => {
  const activity = new Activity();
  activity.rested("s");
  activity.missed();
  t.equal(activity.takeRest("s"), undefined, "a turn may have begun since");
});

test("that a session has come to rest is said once, and not after a turn began there", async (t) => {
  const activity = new Activity();
  t.notOk(activity.takeRest("ses_1"));
  activity.rested("ses_1");
  activity.rested("ses_1");
  t.notOk(activity.takeRest("ses_2"));
  t.ok(activity.takeRest("ses_1"));
  t.notOk(activity.takeRest("ses_1"));
  activity.rested("ses_1");
  activity.began("ses_1");
  t.notOk(activity.takeRest("ses_1"));
  activity.began("ses_1");
  activity.rested("ses_1");
  t.same(activity.takeRest("ses_1"), { steps: 2 });
  activity.rested("ses_1");
  t.same(activity.takeRest("ses_1"), { steps: 0 }, "those of the turn before do not count");
});
