import { test } from "tap";
import { Activity } from "../../src/opencode/activity.ts";
import { SessionMessages } from "../../src/opencode/messages.ts";
import { prompted } from "../support/session.ts";

const all = Array.from({ length: 200 }, (_, n) => prompted(`msg_${String(n).padStart(3, "0")}`));
const client = { messages: async (_: string, limit: number) => all.slice(-limit) };
const ids = (messages: { info: { id: string } }[]) => messages.map(({ info }) => info.id);

test("the messages after one are found, however many they are", async (t) => {
  const messages = new SessionMessages(client, new Activity());
  t.same(ids(await messages.after("ses_1", "msg_198")), ["msg_199"]);
  t.equal((await messages.after("ses_1", "msg_009")).length, 190);
  t.equal((await messages.after("ses_1", undefined)).length, 200);
  t.same(
    ids(await messages.after("ses_1", "msg_1975")),
    ["msg_198", "msg_199"],
    "one that is gone",
  );
});

test("a message that comes later is waited for, and one that never comes is not", async (t) => {
  const activity = new Activity();
  let isThere = false;
  const late = { messages: async () => (isThere ? [prompted("msg_1", "hello")] : []) };
  const messages = new SessionMessages(late, activity);
  const found = messages.waitForAfter("ses_1", undefined, ([first]) => first, 60_000);
  isThere = true;
  activity.notify("ses_1");
  t.match(await found, { info: { id: "msg_1" } });
  t.equal(await messages.waitForAfter("ses_1", "msg_1", ([first]) => first, 1), undefined);
});
