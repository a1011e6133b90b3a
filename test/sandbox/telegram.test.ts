import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text as readText } from "node:stream/consumers";
import { test, type Test } from "tap";
import { Api, Bot, GrammyError, HttpError, InputFile, webhookCallback } from "grammy";
import type { Update } from "grammy/types";
import { BotApiServer } from "../../sandbox/telegram/server.ts";

const token = "123456:TEST-token";
const png = Buffer.concat([
  Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"),
  Buffer.from([0, 0, 2, 0, 0, 0, 1, 0]),
  Buffer.alloc(8),
]);

/** Node 24's fetch refuses the AbortSignal of grammY's own polyfill, so it gets one of its own. */
function nativeFetch(url: string | URL | Request, init: RequestInit = {}) {
  const controller = new AbortController();
  init.signal?.addEventListener("abort", () => controller.abort(), { once: true });
  return fetch(url, { ...init, signal: controller.signal });
}

const button = (data: string) => ({
  reply_markup: { inline_keyboard: [[{ text: "b", callback_data: data }]] },
});

async function sandbox(
  t: Test,
  options: Partial<ConstructorParameters<typeof BotApiServer>[0]> = {},
) {
  const telegram = new BotApiServer({ token, retryScale: 0.002, ...options });
  const apiRoot = await telegram.listen();
  t.teardown(() => telegram.close());
  const client = { apiRoot, fetch: nativeFetch };
  return { telegram, apiRoot, client, api: new Api(token, client) };
}

type Respond = (update: Update, response: ServerResponse, request: IncomingMessage) => void;
const ok: Respond = (_, response) => response.end();

async function webhook(t: Test, respond: Respond) {
  const received: Update[] = [];
  const server = createServer((request, response) => {
    void readText(request).then((body) => {
      const update = JSON.parse(body) as Update;
      received.push(update);
      respond(update, response, request);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
}

/** grammY's error for a refusal: its message holds status and description. */
const refused = (description: string, status = 400) => {
  const text = status === 400 ? `400: Bad Request: ${description}` : `${status}: ${description}`;
  return { message: new RegExp(RegExp.escape(text)) };
};

test("a chat shows what the bot sends, edits, reacts to and deletes", async (t) => {
  const { telegram, api } = await sandbox(t);
  const { message } = telegram.operatorSends({ text: "hello" });
  const keyboard = { inline_keyboard: [[{ text: "Stop", callback_data: "stop" }]] };
  const sent = await api.sendMessage(1000, " \tworking\r\n\ton it  ", {
    entities: [
      { type: "bold", offset: 2, length: 7 },
      { type: "italic", offset: 12, length: 2 },
    ],
    reply_parameters: { message_id: message.message_id },
    reply_markup: keyboard,
  });
  t.equal(sent.text, "working\n on it");
  t.match(telegram.chat(), [
    { from: "operator", text: "hello" },
    {
      from: "bot",
      text: "working\n on it",
      entities: [
        { type: "bold", offset: 0, length: 7 },
        { type: "italic", offset: 9, length: 2 },
      ],
      reply_markup: keyboard,
      reply_to: message.message_id,
      edited: false,
    },
  ]);
  t.equal(
    telegram.calls[0]?.payload["text"],
    " \tworking\r\n\ton it  ",
    "calls keep what was sent",
  );
  await api.editMessageText(1000, sent.message_id, "done");
  await api.setMessageReaction(1000, message.message_id, [{ type: "emoji", emoji: "👍" }]);
  await telegram.until(() => telegram.chat().find((shown) => shown.reactions.includes("👍")));
  t.match(telegram.chat(), [
    { reactions: ["👍"] },
    { text: "done", edited: true, reply_markup: undefined },
  ]);
  t.equal(
    (await telegram.shown((shown) => shown.text.startsWith("working"))).message_id,
    sent.message_id,
  );
  await api.deleteMessage(1000, sent.message_id);
  t.equal(telegram.chat().length, 1);
});

test("refusals have Telegram's status and words", async (t) => {
  let now = 1_800_000_000_000;
  const { telegram, api, apiRoot, client } = await sandbox(t, { now: () => now });
  const { message } = telegram.operatorSends({ text: "mine" });
  const sent = await api.sendMessage(1000, "x");
  const cases: [string, () => Promise<unknown>, string][] = [
    ["empty", () => api.sendMessage(1000, " \n\u200b "), "message text is empty"],
    ["long", () => api.sendMessage(1000, "🙂".repeat(4097)), "message is too long"],
    ["surrogate", () => api.sendMessage(1000, "a\ud83d"), "strings must be encoded in UTF-8"],
    ["chat", () => api.sendMessage(77, "x"), "chat not found"],
    [
      "thread",
      () => api.sendMessage(1000, "x", { message_thread_id: 9 }),
      "message thread not found",
    ],
    ["button", () => api.sendMessage(1000, "x", button("é".repeat(33))), "BUTTON_DATA_INVALID"],
    [
      "entity end",
      () => api.sendMessage(1000, "ab", { entities: [{ type: "bold", offset: 0, length: 3 }] }),
      "entity ends after the end of the text at UTF-16 offset 3",
    ],
    [
      "entity in a pair",
      () => api.sendMessage(1000, "🙂", { entities: [{ type: "bold", offset: 1, length: 1 }] }),
      "entity begins in a middle of a UTF-16 symbol",
    ],
    [
      "link",
      () =>
        api.sendMessage(1000, "ab", {
          entities: [{ type: "text_link", offset: 0, length: 2, url: "http://localhost:3000" }],
        }),
      "entity URL 'http://localhost:3000' is invalid: Wrong HTTP URL",
    ],
    [
      "same edit",
      () => api.editMessageText(1000, sent.message_id, "x "),
      "message is not modified",
    ],
    ["no such", () => api.editMessageText(1000, 999, "x"), "message to edit not found"],
    [
      "not own",
      () => api.editMessageText(1000, message.message_id, "x"),
      "message can't be edited",
    ],
    [
      "reply",
      () => api.sendMessage(1000, "x", { reply_parameters: { message_id: 999 } }),
      "message to be replied not found",
    ],
    [
      "reaction",
      () =>
        api.raw.setMessageReaction({
          chat_id: 1000,
          message_id: 1,
          reaction: [{ type: "emoji", emoji: "✅" as "👍" }],
        }),
      "REACTION_INVALID",
    ],
    ["press", () => api.answerCallbackQuery("1"), "query is too old and response timeout expired"],
    [
      "photo",
      () => api.sendPhoto(1000, new InputFile(Buffer.from("no"), "a.png")),
      "IMAGE_PROCESS_FAILED",
    ],
    [
      "unknown field",
      () => api.sendMessage(1000, "x", { parse_mod: "HTML" } as object),
      "sendMessage does not fit the Bot API: parameters must not have parse_mod",
    ],
    [
      "wrong type",
      () => api.raw.sendMessage({ chat_id: 1000, text: 5 as unknown as string }),
      "sendMessage does not fit the Bot API: /text must be string",
    ],
    [
      "https",
      () => api.setWebhook("http://example.com/x"),
      "bad webhook: An HTTPS URL must be provided",
    ],
    [
      "secret",
      () => api.setWebhook("https://example.com/x", { secret_token: "a b" }),
      "secret token contains unallowed characters",
    ],
  ];
  for (const [name, act, description] of cases) await t.rejects(act(), refused(description), name);
  t.equal(telegram.calls.filter((call) => call.outcome === "refused").length, cases.length);
  t.equal(telegram.chat().length, 2, "nothing refused is shown");

  await api.sendMessage(1000, "🙂".repeat(4096));
  const { message_id } = await api.sendMessage(1000, "card", button("ok"));
  const { callback_query } = telegram.operatorPresses({ messageId: message_id, button: "b" });
  t.ok(await api.answerCallbackQuery(callback_query.id));
  now += 150_000;
  await t.rejects(api.answerCallbackQuery(callback_query.id), refused("query is too old"));
  t.throws(
    () => telegram.operatorPresses({ messageId: message_id, button: "no" }),
    /its buttons: b/,
  );
  await t.rejects(new Api("1:other", client).getMe(), refused("Unauthorized", 401));
  const unknown = await fetch(`${apiRoot}/bot${token}/sendNonsense`, { method: "POST" });
  t.same(await unknown.json(), {
    ok: false,
    error_code: 404,
    description: "Not Found: method not found",
  });
});

test("files go up and down, with any name", async (t) => {
  const { telegram, api, apiRoot } = await sandbox(t);
  const bytes = Buffer.from("a\r\n--b\0\xff", "latin1");
  const name = 'отчёт "v1" final.md';
  await api.sendDocument(1000, new InputFile(bytes, name), { caption: " report " });
  const picture = await api.sendPhoto(1000, new InputFile(png, "screen.png"));
  t.match(picture.photo[0], { width: 512, height: 256 });
  t.match(telegram.chat(), [
    { text: "report", file: { name, bytes } },
    { text: "", file: { name: "screen.png", bytes: png } },
  ]);
  const again = await api.sendPhoto(1000, picture.photo[0]!.file_id);
  t.same(telegram.chat().at(-1)?.file?.bytes, png, "a file id sends the same file again");
  t.not(again.message_id, picture.message_id);

  const { message } = telegram.operatorSends({ text: "look", file: { name: "log.txt", bytes } });
  const { file_path } = await api.getFile(message.document!.file_id);
  const download = await fetch(`${apiRoot}/file/bot${token}/${file_path}`);
  t.same(Buffer.from(await download.arrayBuffer()), bytes);
  const big = telegram.operatorSends({ file: { name: "big", bytes, size: 21 * 1024 * 1024 } });
  await t.rejects(api.getFile(big.message.document!.file_id), refused("file is too big"));
});

test("form and query parameters are read as the Bot API reads them", async (t) => {
  const { telegram, apiRoot } = await sandbox(t);
  const body = new URLSearchParams({
    chat_id: "1000",
    text: "123",
    link_preview_options: '{"is_disabled":true}',
  });
  const posted = await fetch(`${apiRoot}/bot${token}/SENDMESSAGE`, { method: "POST", body });
  t.equal(posted.status, 200);
  const got = await fetch(`${apiRoot}/bot${token}/sendMessage?chat_id=1000&text=two`);
  t.equal(got.status, 200);
  t.same(
    telegram.chat().map((message) => message.text),
    ["123", "two"],
  );
});

test("faults happen in the order they were planned, and then no more", async (t) => {
  const { telegram, api } = await sandbox(t);
  telegram.fault({ method: "sendMessage", kind: "429", retryAfter: 7 });
  telegram.fault({ method: /^send/, kind: "5xx", html: true });
  telegram.fault({ kind: "5xx", status: 503 });
  telegram.fault({
    kind: "refuse",
    status: 403,
    description: "Forbidden: bot was blocked by the user",
  });
  telegram.fault({ kind: "reset-before" });
  telegram.fault({ kind: "reset-after", times: 2 });
  const send = (text: string) => api.sendMessage(1000, text);
  const limited = await send("1").catch((error: unknown) => error);
  t.ok(limited instanceof GrammyError);
  t.match(limited, { error_code: 429, parameters: { retry_after: 7 } });
  await t.rejects(send("2"), HttpError);
  await t.rejects(send("3"), refused("Internal Server Error", 503));
  await t.rejects(send("4"), refused("Forbidden: bot was blocked by the user", 403));
  await t.rejects(send("5"), HttpError);
  t.same(telegram.chat(), []);
  await t.rejects(send("6"), HttpError);
  await t.rejects(send("7"), HttpError);
  await send("8");
  t.same(
    telegram.chat().map((message) => message.text),
    ["6", "7", "8"],
    "a reset after the call leaves the message in the chat",
  );
  t.match(
    telegram.calls.map(({ status, outcome, executed }) => [status, outcome, executed]),
    [
      [429, "fault", false],
      [502, "fault", false],
      [503, "fault", false],
      [403, "fault", false],
      [0, "fault", false],
      [0, "fault", true],
      [0, "fault", true],
      [200, "ok", true],
    ],
  );
  telegram.fault({ kind: "slow", ms: 60_000 });
  const hanging = t.rejects(send("9"), HttpError);
  await telegram.called("sendMessage", (call) => call.payload["text"] === "9");
  await telegram.unreachable(true);
  await hanging;
  await t.rejects(send("10"), HttpError);
  await telegram.unreachable(false);
  await send("11");
});

test("a share of faults is the same for the same seed", async (t) => {
  const run = async () => {
    const { telegram, api } = await sandbox(t, { seed: 42 });
    const end = telegram.fault({ method: "getMe", kind: "5xx", share: 0.3 });
    for (let index = 0; index < 40; index++) await api.getMe().catch(() => undefined);
    end();
    await api.getMe();
    return telegram.calls.map((call) => call.status);
  };
  const first = await run();
  const faults = first.filter((status) => status === 500).length;
  t.ok(faults > 3 && faults < 25, `${faults} of 40`);
  t.same(await run(), first);
});

test("a grammY bot behind the webhook answers commands, presses and topics", async (t) => {
  const { telegram, api, client } = await sandbox(t);
  const bot = new Bot(token, { client });
  bot.command("start", (ctx) =>
    ctx.reply(`hi ${ctx.from?.first_name}`, {
      reply_markup: { inline_keyboard: [[{ text: "Go", callback_data: "go" }]] },
    }),
  );
  bot.on("callback_query:data", async (ctx) => {
    await ctx.answerCallbackQuery();
    await ctx.editMessageText(`pressed ${ctx.callbackQuery.data}`);
  });
  const handle = webhookCallback(bot, "http", { secretToken: "s3cret" });
  const server = createServer((request, response) => void handle(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => server.close());
  const first = telegram.operatorSends({ text: "/start now", threadId: 7 });
  await api.setWebhook(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {
    secret_token: "s3cret",
  });
  const card = await telegram.shown((message) => message.text === "hi Operator");
  t.equal(card.thread_id, 7);
  t.equal(await telegram.acknowledged(first.update_id), "delivered");
  telegram.operatorPresses({ messageId: card.message_id, button: "Go" });
  await telegram.shown((message) => message.text === "pressed go" && message.edited);
  await telegram.called("answerCallbackQuery");
  await t.rejects(
    telegram.shown(() => false, { timeoutMs: 1 }),
    /chat 1000 shows:\n {2}operator: "\/start now"\n {2}bot: "pressed go"/,
  );
});

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

test("a draft can be stopped, and ends when the bot sends a message", async (t) => {
  const { telegram, api } = await sandbox(t);
  await api.raw.sendMessageDraft({ chat_id: 1000, draft_id: 3, text: "thin", can_stop: true });
  t.match(telegram.drafts(), [{ draft_id: 3, text: "thin" }]);
  t.match(telegram.operatorStops().update, { stopped_message_generation: { draft_id: 3 } });
  await api.sendMessage(1000, "final");
  t.same(telegram.drafts(), []);
  t.throws(() => telegram.operatorStops(), /no draft to stop/);
});
