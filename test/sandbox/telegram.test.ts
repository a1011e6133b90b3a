import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "tap";
import { Api, Bot, InputFile, webhookCallback } from "grammy/web";
import { token, button, sandbox } from "../support/sandbox.ts";

const png = Buffer.concat([
  Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"),
  Buffer.from([0, 0, 2, 0, 0, 0, 1, 0]),
  Buffer.alloc(8),
]);

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
      () => api.raw.sendMessage({ chat_id: 1000, text: JSON.parse("5") as string }),
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
  const keyboard = { inline_keyboard: [[{ text: "x", callback_data: "x" }]] };
  const media = { type: "photo", media: new InputFile(png, "other.png"), caption: "new" } as const;
  for (const reply_markup of [keyboard, undefined]) {
    await api.editMessageMedia(1000, again.message_id, media, reply_markup && { reply_markup });
    const edited = telegram.chat().at(-1);
    t.match(edited, { text: "new", file: { name: "other.png" }, edited: true });
    t.same(edited?.reply_markup, reply_markup, "buttons go where the edit brings none");
  }
  await t.rejects(api.editMessageMedia(1000, 999, media), refused("message to edit not found"));

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

test("a draft is shown for 30 s, and stays after Stop only where that was asked for", async (t) => {
  let now = 1_000_000;
  const { telegram, api } = await sandbox(t, { now: () => now });
  const draft = { chat_id: 1000, draft_id: 3, text: "thin", can_stop: true };
  await api.raw.sendMessageDraft(draft);
  now += 29_000;
  t.equal(telegram.drafts().length, 1);
  await api.raw.sendMessageDraft({ ...draft, text: "thinner", keep_on_stop: true });
  now += 29_000;
  telegram.operatorStops();
  t.match(telegram.drafts(), [{ text: "thinner", can_stop: false }]);
  t.throws(() => telegram.operatorStops(), /no draft to stop/);
  now += 1000;
  t.same(telegram.drafts(), []);
  await api.raw.sendMessageDraft(draft);
  telegram.operatorStops();
  t.same(telegram.drafts(), []);
  const sends = (fields: object) => api.raw.sendMessageDraft({ ...draft, ...fields });
  await t.rejects(sends({ draft_id: 0 }), /non-zero/);
  await t.rejects(sends({ text: "x".repeat(4097) }), /too long/);
  await t.rejects(sends({ chat_id: -100 }), /chat not found|PEER_ID_INVALID/);
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
