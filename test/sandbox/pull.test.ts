import { test } from "tap";
import { ok, sandbox, webhook } from "../support/sandbox.ts";

const ids = (updates: readonly { update_id: number }[]) =>
  updates.map(({ update_id }) => update_id);

test("updates are pulled in order, and stay until an offset behind them is asked for", async (t) => {
  const { telegram, api } = await sandbox(t);
  const sent = ["one", "two", "three"].map((text, n) =>
    telegram.operatorSends({ text, chatId: n === 1 ? -5 : 1000 }),
  );
  const [first = 0, second = 0, third = 0] = ids(sent);
  t.same(ids(await api.getUpdates({ limit: 2 })), [first, second]);
  t.same(ids(await api.getUpdates()), [first, second, third], "nothing is confirmed yet");
  t.same(ids(await api.getUpdates({ offset: -1 })), [third]);
  t.same(ids(await api.getUpdates({ offset: second })), [second, third]);
  t.equal(await telegram.acknowledged(first), "delivered");
  t.match(await api.getWebhookInfo(), { url: "", pending_update_count: 2 });
  t.same(await api.getUpdates({ offset: third + 1 }), []);
  t.equal(await telegram.acknowledged(third), "delivered");
});

test("a long poll ends with the next update of a kind it asked for, or when its time is over", async (t) => {
  const { telegram, api } = await sandbox(t);
  const next = api.getUpdates({ timeout: 50, allowed_updates: ["message"] });
  const { update_id, message } = telegram.operatorSends({ text: "here" });
  t.same(ids(await next), [update_id]);
  telegram.operatorEdits({ messageId: message.message_id, text: "an edit" });
  t.same(await api.getUpdates({ offset: update_id + 1, timeout: 1 }), []);
});

test("only one thing gets the updates: a webhook or the newest long poll", async (t) => {
  const { telegram, api } = await sandbox(t);
  const polls = [1, 2].map(() => api.getUpdates({ timeout: 50 }).catch((error: unknown) => error));
  await telegram.called("getUpdates");
  const hook = await webhook(t, ok);
  await api.setWebhook(hook.url);
  const ends = (await Promise.all(polls)) as { error_code: number; description: string }[];
  t.same(ends.map(({ description }) => description).toSorted(), [
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    "Conflict: terminated by setWebhook request",
  ]);
  t.same(
    ends.map(({ error_code }) => error_code),
    [409, 409],
  );
  await t.rejects(api.getUpdates(), { message: /409.*while webhook is active/ });
  await api.deleteWebhook();
  t.same(await api.getUpdates(), []);
});
