import { test } from "tap";
import { token, sandbox, ok, webhook } from "../support/sandbox.ts";

test("updates of a chat are sent one at a time, in order, with the secret; presses overtake", async (t) => {
  const { telegram, api } = await sandbox(t);
  const card = await api.sendMessage(1000, "card", {
    reply_markup: { inline_keyboard: [[{ text: "Go", callback_data: "go" }]] },
  });
  let release: (() => void) | undefined;
  const hook = await webhook(t, (update, response, request) => {
    t.equal(request.headers["x-telegram-bot-api-secret-token"], "abc");
    if (update.message?.text === "first") release = () => response.end();
    else response.end();
  });
  await api.setWebhook(hook.url, {
    secret_token: "abc",
    allowed_updates: ["message", "callback_query", "bogus"] as never,
  });
  const first = telegram.operatorSends({ text: "first" });
  const second = telegram.operatorSends({ text: "second" });
  const other = telegram.operatorSends({ text: "elsewhere", chatId: -5 });
  const press = telegram.operatorPresses({ messageId: card.message_id, button: "Go" });
  const edit = telegram.operatorEdits({ messageId: first.message.message_id, text: "changed" });
  await Promise.all([press, other].map(({ update_id }) => telegram.acknowledged(update_id)));
  t.equal(
    await telegram.acknowledged(edit.update_id),
    "dropped",
    "a kind not asked for is not sent",
  );
  t.notOk(hook.received.some((update) => update.update_id === second.update_id));
  t.match(await api.getWebhookInfo(), {
    pending_update_count: 2,
    url: hook.url,
    allowed_updates: ["message", "callback_query"],
  });
  release?.();
  await telegram.acknowledged(second.update_id);
  telegram.post(second.update);
  await telegram.acknowledged(second.update_id, { times: 2 });
  t.same(
    hook.received
      .filter((update) => update.message?.chat.id === 1000)
      .map((update) => update.update_id),
    [first.update_id, second.update_id, second.update_id],
  );
});

test("a failed delivery is repeated at once, then with growing pauses or Retry-After", async (t) => {
  const { telegram, api } = await sandbox(t, { retryScale: 0.15 });
  const statuses = [500, 302, 503, 200];
  const hook = await webhook(t, (_, response) => {
    const status = statuses.shift() ?? 200;
    response.writeHead(status, status === 503 ? { "retry-after": "5" } : {}).end();
  });
  await api.setWebhook(hook.url);
  const { update_id } = telegram.operatorSends({ text: "again" });
  t.equal(await telegram.acknowledged(update_id), "delivered");
  t.same(
    telegram.deliveries.map((delivery) => delivery.status),
    [500, 302, 503, 200],
  );
  const times = telegram.deliveries.map((delivery) => delivery.at);
  const pauses = times.slice(1).map((at, index) => at - times[index]!);
  t.ok(pauses[0]! < 299, "at once");
  t.ok(pauses[1]! >= 299, "2 s, scaled");
  t.ok(pauses[2]! >= 749, "Retry-After of 5 s, scaled");
  t.match((await api.getWebhookInfo()).last_error_message, /503 Service Unavailable/);
});

test("updates that nobody takes expire: presses after 150 s, messages after a day", async (t) => {
  let now = Date.now();
  const { telegram, api } = await sandbox(t, { now: () => now });
  const card = await api.sendMessage(1000, "card", {
    reply_markup: { inline_keyboard: [[{ text: "Go", callback_data: "go" }]] },
  });
  const message = telegram.operatorSends({ text: "later" });
  const press = telegram.operatorPresses({ messageId: card.message_id, button: "go" });
  now += 151_000;
  const old = {
    ...telegram.operatorSends({ text: "old", chatId: 5 }).message,
    date: now / 1000 - 90_000,
  };
  telegram.post({ update_id: 1, message: old });
  const hook = await webhook(t, ok);
  await api.setWebhook(hook.url);
  t.equal(await telegram.acknowledged(press.update_id), "expired");
  t.equal(await telegram.acknowledged(1), "expired");
  t.equal(await telegram.acknowledged(message.update_id), "delivered");
});

test("a changed webhook gets what was in flight again; the same one changes nothing", async (t) => {
  const { telegram, api, apiRoot } = await sandbox(t);
  const slow = await webhook(t, () => {
    void api.setWebhook(quick.url);
  });
  const quick = await webhook(t, ok);
  await api.setWebhook(slow.url, { secret_token: "a" });
  const same = await fetch(`${apiRoot}/bot${token}/setWebhook?url=${slow.url}&secret_token=a`);
  t.match(await same.json(), { ok: true, result: true, description: "Webhook is already set" });
  const { update_id } = telegram.operatorSends({ text: "twice" });
  await telegram.acknowledged(update_id);
  t.same(
    [slow.received, quick.received].flat().map((update) => update.update_id),
    [update_id, update_id],
  );
  await api.deleteWebhook();
  telegram.operatorSends({ text: "waits" });
  t.match(await api.getWebhookInfo(), { url: "", pending_update_count: 1 });
  await api.deleteWebhook({ drop_pending_updates: true });
  t.match(await api.getWebhookInfo(), { pending_update_count: 0 });
});

test("a call in the body of the webhook's answer is executed", async (t) => {
  const { telegram, api } = await sandbox(t);
  const hook = await webhook(t, (_, response) => {
    response.end(JSON.stringify({ method: "sendMessage", chat_id: 1000, text: "from the body" }));
  });
  await api.setWebhook(hook.url);
  telegram.operatorSends({ text: "hi" });
  await telegram.shown((message) => message.text === "from the body");
  t.match(await telegram.called("sendMessage"), {
    outcome: "ok",
    payload: { text: "from the body" },
  });
});
