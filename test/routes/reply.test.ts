import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import type { InjectOptions } from "fastify";
import { BotApiServer } from "../../sandbox/telegram/server.ts";
import { addPrompt } from "../../src/prompts/prompts.ts";
import { replyToken, token } from "../support/app.ts";
import { outboxRows } from "../support/memory.ts";
import { newPrompt } from "../support/prompts.ts";
import { bearer, line } from "../support/reply-line.ts";

test("whose words they are is asked of opencode, and nothing is sent while it cannot say", async (t) => {
  const { app, post, queued } = await line(t);
  const prompt = (updateId: number, where: string) =>
    app.store.write((transaction) =>
      addPrompt(transaction, newPrompt(updateId, { conversation: where })),
    );
  const speaks = (session: string) => post({ text: "done", session, call: "call_1" });
  const texts = async () =>
    (await queued()).filter(({ method }) => method === "sendMessage").map(({ lane }) => lane);
  await prompt(1, "1000");
  t.equal((await speaks("ses_site")).statusCode, 202, "all that was asked came from one chat");
  t.same(await texts(), ["1000"]);
  await prompt(2, "-100:5");
  const refused = [await speaks("ses_site"), await speaks("ses_of_a_subagent")];
  for (const answer of refused) {
    t.match(answer.json(), { statusCode: 503, message: /opencode does not answer/ });
    t.equal(answer.headers["retry-after"], "5");
  }
  t.same(await texts(), ["1000"]);
});

test("a reply in Markdown is a rich message where that was chosen, one that is a text never", async (t) => {
  const { post, queued } = await line(t, { FORMAT: "auto" });
  const text = "- [x] done\n- [ ] to do";
  const form = { headers: { "content-type": "text/plain" }, url: "/reply?agent=site" };
  await post({ text, agent: "site" });
  await post({ text, agent: "site", format: "markdown" });
  await post({ text, agent: "site", format: "text" });
  await post(text, form);
  await post(text, { ...form, url: `${form.url}&format=text` });
  await post({ text: "plain", agent: "site" });
  const [rich, plain] = ["sendRichMessage", "sendMessage"];
  t.same(
    (await queued()).map(({ method }) => method),
    [rich, rich, plain, rich, plain, plain],
  );
  t.match((await queued())[0], {
    lane: "-100:5",
    payload: { chat_id: -100, message_thread_id: 5, rich_message: { markdown: text } },
  });
});

test("without the reply token nobody speaks", async (t) => {
  const { app, queued } = await line(t);
  const wrong: Record<string, string>[] = [
    {},
    { authorization: replyToken },
    { authorization: "Bearer" },
    { authorization: `Bearer ${replyToken}x` },
    { authorization: `Basic ${replyToken}` },
    { "x-reply-token": replyToken },
  ];
  for (const headers of wrong) {
    const answer = await app.inject({
      method: "POST",
      url: "/reply",
      headers,
      body: { text: "x" },
    });
    t.same(answer.json(), {
      statusCode: 401,
      error: "Unauthorized",
      message: "The reply token is missing, wrong or revoked.",
    });
  }
  t.same(await queued(), []);
});

test("nobody speaks from elsewhere or through a proxy, token or not", async (t) => {
  const { app, post, queued } = await line(t);
  const elsewhere: InjectOptions[] = [
    { remoteAddress: "10.0.0.5" },
    { remoteAddress: "::ffff:10.0.0.5" },
    { remoteAddress: "128.0.0.1" },
    { remoteAddress: "2001:db8::1" },
    { headers: { "x-forwarded-for": "127.0.0.1" } },
    { headers: { "X-Forwarded-Proto": "https" } },
    { headers: { "x-forwarded-host": "" } },
    { headers: { forwarded: "for=127.0.0.1" } },
  ];
  for (const options of elsewhere) {
    t.equal((await post({ text: "x" }, options)).statusCode, 403, JSON.stringify(options));
    for (const url of ["/messages", "/healthz", "/readyz"]) {
      const answer = await app.inject({
        ...options,
        method: "GET",
        url,
        headers: { ...bearer, ...options.headers },
      });
      t.equal(answer.statusCode, 403, url);
    }
  }
  t.same(await queued(), []);
  for (const remoteAddress of ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"]) {
    t.equal((await post({ text: "x" }, { remoteAddress })).statusCode, 202, remoteAddress);
  }
});

test("text comes as JSON, as plain text or as a form, and goes out to the letter", async (t) => {
  const { post, queued } = await line(t);
  const text = ' "quoted" \\ $HOME\n`x` <b> 🙂\n';
  const form = `--b\r\ncontent-disposition: form-data; name="text"\r\n\r\n${text}\r\n--b--\r\n`;
  const url = "/reply?format=text";
  const answers = [
    await post({ text, format: "text" }),
    await post(text, { url, headers: { "content-type": "text/plain" } }),
    await post(form, { url, headers: { "content-type": "multipart/form-data; boundary=b" } }),
  ];
  for (const answer of answers) {
    t.equal(answer.statusCode, 202);
    t.match(answer.json(), { id: /^[0-9a-f-]{36}$/, state: "accepted" });
  }
  t.equal(new Set(answers.map((answer) => answer.json<{ id: string }>().id)).size, 3);
  const call = {
    lane: "1000",
    method: "sendMessage",
    payload: {
      chat_id: 1000,
      text: `From a program: ${text}`.trimEnd(),
      link_preview_options: { is_disabled: true },
    },
  };
  t.strictSame(await queued(), [call, call, call]);
});

test("without a turn it goes to the conversation of the agent: by name, else by session, else the last one used", async (t) => {
  const { app, post, queued } = await line(t);
  await post({ text: "by name", agent: "site" });
  await post({ text: "by session", session: "ses_site" });
  await post("by query", {
    url: "/reply?agent=site&silent=true",
    headers: { "content-type": "text/plain" },
  });
  await post({ text: "by none" });
  await app.store.write((transaction) =>
    addPrompt(transaction, {
      updateId: 9,
      agent: "site",
      conversation: "1000",
      operator: 1000,
      chatMessageId: 1,
      text: "x",
      sentAt: 0,
    }),
  );
  const prompt = (await app.prompts.head("site"))!;
  await app.prompts.attempt(prompt, { path: "api", sessionId: "ses_site" });
  await post({ text: "by a cron job", agent: "site" });
  await post({ text: "by a program", agent: "site", session: "ses_site" });
  const texts = (await queued()).filter(({ method }) => method === "sendMessage");
  t.same(
    texts.map(({ lane, payload }) => [
      lane,
      String(payload["text"]).replace(/^From a program: /, ""),
    ]),
    [
      ["-100:5", "by name"],
      ["-100:5", "by session"],
      ["-100:5", "by query"],
      ["1000", "by none"],
      ["-100:5", "by a cron job"],
      ["-100:5", "by a program"],
    ],
  );
  t.match(texts[2], { payload: { message_thread_id: 5, disable_notification: true } });
  t.match(await app.prompts.head("site"), { replied: false }, "this turn has not spoken");
  for (const agent of ["nobody", "SITE", "", "../site", "x".repeat(64)]) {
    t.equal((await post({ text: "x", agent })).statusCode, 404, agent);
  }
});

test("what says nothing, or is not of the documented form, is refused", async (t) => {
  const { post, queued } = await line(t);
  const json = { "content-type": "application/json" };
  const bad: [body?: InjectOptions["body"], options?: InjectOptions][] = [
    [{}],
    [{ text: "" }],
    [{ text: " \n\t" }],
    [{ text: "", files: [] }],
    [" \n", { headers: { "content-type": "text/plain" } }],
    ["", { headers: { "content-type": "text/plain" } }],
    [new FormData()],
    [],
    ["{", { headers: json }],
    ["", { headers: json }],
    ["null", { headers: json }],
    ["[]", { headers: json }],
    [{ text: { a: 1 } }],
    [{ text: ["a", "b"] }],
    [{ text: "x", wait: "perhaps" }],
    [{ text: "x", format: "html" }],
    [{ text: "x", files: [""] }],
    [{ text: "x", files: Array.from({ length: 21 }, () => "a") }],
    [{ text: "x", agent: "y".repeat(65) }],
    [{ text: "x" }, { headers: { "idempotency-key": "short" } }],
    [{ text: "x" }, { headers: { "idempotency-key": "with a space" } }],
    [{ text: "x" }, { url: "/reply?wait=perhaps" }],
  ];
  for (const [body, options] of bad) {
    const answer = await post(body, options);
    t.equal(answer.statusCode, 400, JSON.stringify([body, options]));
    t.match(answer.json(), { error: "Bad Request", message: /^[A-Z][^/]+\.$/ });
  }
  t.equal(
    (await post("a=b", { headers: { "content-type": "application/x-www-form-urlencoded" } }))
      .statusCode,
    415,
  );
  t.equal((await post({ text: "x".repeat(2_000_000) })).statusCode, 413);
  t.same(await queued(), []);
});

test("a text over the limit goes out in parts, in order", async (t) => {
  const { post, queued } = await line(t);
  const text = `${"🙂".repeat(3000)}end`;
  t.equal((await post({ text })).statusCode, 202);
  const parts = (await queued()).map(({ payload }) => payload["text"] as string);
  t.ok(parts.length === 2 && parts.every((part) => part.length <= 4096 && part.isWellFormed()));
  t.equal(parts.join(""), `From a program: ${text}`);
});

test("the same idempotency key is one message and one id, and keeps one copy of its file", async (t) => {
  const { post, queued, outgoing, workspaceDir } = await line(t);
  writeFileSync(join(workspaceDir, "a.txt"), "content");
  const headers = { "idempotency-key": "key-number-1" };
  const body = { text: "once", files: ["a.txt"] };
  const answers = await Promise.all([post(body, { headers }), post(body, { headers })]);
  answers.push(await post(body, { headers }));
  t.same(
    answers.map(({ statusCode }) => statusCode),
    [202, 202, 202],
  );
  t.equal(new Set(answers.map((answer) => answer.json<{ id: string }>().id)).size, 1);
  t.equal((await queued()).length, 1);
  t.equal(outgoing().length, 1);
  await post(body, { headers: { "idempotency-key": "key-number-2" } });
  t.equal((await queued()).length, 2);
});

test("with wait the answer names the messages once they are in the chat, or says they are not", async (t) => {
  const telegram = new BotApiServer({ token });
  const apiRoot = await telegram.listen();
  t.teardown(() => telegram.close());
  const { post, app, workspaceDir, outgoing } = await line(t, { TELEGRAM_API_ROOT: apiRoot });
  app.sender.start();
  writeFileSync(join(workspaceDir, "a.txt"), "content");
  const answer = await post({ text: "y".repeat(5000), files: ["a.txt"], wait: true });
  t.equal(answer.statusCode, 200);
  t.match(answer.json(), {
    state: "sent",
    message_ids: telegram.chat().map(({ message_id }) => message_id),
  });
  t.equal(telegram.chat().length, 3);
  while (outgoing().length > 0) await new Promise(setImmediate);

  telegram.fault({
    kind: "refuse",
    status: 400,
    description: "Bad Request: message is too strange",
  });
  const refused = await post("words", {
    url: "/reply?wait=true",
    headers: { "content-type": "text/plain" },
  });
  t.same(
    [refused.statusCode, refused.json<{ message: string }>().message],
    [502, "Telegram refused the message."],
  );

  const timeout = AbortSignal.timeout.bind(AbortSignal);
  t.intercept(AbortSignal, "timeout", {
    value: (ms: number) => timeout(Math.min(ms, 50)),
  });
  await telegram.unreachable(true);
  const pending = await post({ text: "later", wait: true });
  t.same(
    [pending.statusCode, pending.json<{ message: string }>().message],
    [504, "It is kept, and Telegram has yet to take it."],
  );
  t.match((await outboxRows(app.store)).at(-1), {
    payload: { text: "From a program: later" },
    state: /pending|uncertain|sending/,
  });
});
