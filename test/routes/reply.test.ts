import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type Test } from "tap";
import type { InjectOptions } from "fastify";
import { BotApiServer } from "../../sandbox/telegram/server.ts";
import { defaultAgent } from "../../src/agents/agents.ts";
import { useConversation } from "../../src/agents/conversations.ts";
import { addPrompt } from "../../src/agents/prompts.ts";
import { conversation } from "../../src/telegram/conversation.ts";
import { replyToken, startApp, tempDir, token } from "../support/app.ts";
import { outboxRows, rows } from "../support/memory.ts";

const bearer = { authorization: `Bearer ${replyToken}` };

/** An app with the agent `site` at work in its own folder, in topic 5 of a group. */
async function line(t: Test, overrides: Record<string, string> = {}) {
  const { app, kept } = await startApp(t, {
    TELEGRAM_ALLOWED_CHAT_ID: "1000,-100",
    TELEGRAM_ALLOWED_USER_ID: "1000",
    ...overrides,
  });
  const { workspaceDir, dataDir } = app.config;
  const siteDir = join(tempDir(t), "site");
  mkdirSync(siteDir, { recursive: true });
  await app.parts.agents.start(defaultAgent, workspaceDir, false);
  await app.parts.agents.start("site", siteDir, false);
  await app.parts.agents.setSession("site", "ses_site");
  await app.store.write((transaction) => {
    useConversation(transaction, conversation(-100, 5), "site");
    useConversation(transaction, conversation(1000), defaultAgent);
    transaction.run("UPDATE conversations SET used_at = used_at + 1 WHERE key = '1000'");
  });
  const post = (body?: InjectOptions["body"], options: InjectOptions = {}) =>
    app.inject({
      method: "POST",
      url: "/reply",
      ...options,
      ...(body !== undefined && { body }),
      headers: { ...bearer, ...options.headers },
    });
  const owed = async () =>
    (await outboxRows(app.store)).map(({ lane, method, payload }) => ({ lane, method, payload }));
  const outgoing = () => {
    try {
      return readdirSync(join(dataDir, "outgoing"));
    } catch {
      return [];
    }
  };
  return { app, kept, post, owed, outgoing, workspaceDir, siteDir };
}

test("without the reply token nobody speaks", async (t) => {
  const { app, owed } = await line(t);
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
      message: "The reply token is missing or wrong.",
    });
  }
  t.same(await owed(), []);
});

test("nobody speaks from elsewhere or through a proxy, token or not", async (t) => {
  const { app, post, owed } = await line(t);
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
  t.same(await owed(), []);
  for (const remoteAddress of ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"]) {
    t.equal((await post({ text: "x" }, { remoteAddress })).statusCode, 202, remoteAddress);
  }
});

test("text comes as JSON, as plain text or as a form, and goes out to the letter", async (t) => {
  const { post, owed } = await line(t);
  const text = ' "quoted" \\ $HOME\n`x` <b> 🙂\n';
  const form = `--b\r\ncontent-disposition: form-data; name="text"\r\n\r\n${text}\r\n--b--\r\n`;
  const answers = [
    await post({ text }),
    await post(text, { headers: { "content-type": "text/plain" } }),
    await post(form, { headers: { "content-type": "multipart/form-data; boundary=b" } }),
  ];
  for (const answer of answers) {
    t.equal(answer.statusCode, 202);
    t.match(answer.json(), { id: /^[0-9a-f-]{36}$/, state: "accepted" });
  }
  t.equal(new Set(answers.map((answer) => answer.json<{ id: string }>().id)).size, 3);
  const call = {
    lane: "1000",
    method: "sendMessage",
    payload: { chat_id: 1000, text, link_preview_options: { is_disabled: true } },
  };
  t.strictSame(await owed(), [call, call, call]);
});

test("it goes to the conversation of the agent: by name, else by session, else the last one used", async (t) => {
  const { app, post, owed } = await line(t);
  await post({ text: "by name", agent: "site" });
  await post({ text: "by session", session: "ses_site" });
  await post("by query", {
    url: "/reply?agent=site&silent=true",
    headers: { "content-type": "text/plain" },
  });
  await post({ text: "by none" });
  await post({ text: "by a session of nobody", session: "ses_unknown" });
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
  const prompt = (await app.parts.prompts.head("site"))!;
  await app.parts.prompts.attempt(prompt.id, { path: "api", sessionId: "ses_site" });
  await post({ text: "to whoever asked", session: "ses_site" });
  const texts = (await owed()).filter(({ method }) => method === "sendMessage");
  t.same(
    texts.map(({ lane, payload }) => [lane, payload["text"]]),
    [
      ["-100:5", "by name"],
      ["-100:5", "by session"],
      ["-100:5", "by query"],
      ["1000", "by none"],
      ["1000", "by a session of nobody"],
      ["1000", "to whoever asked"],
    ],
  );
  t.match(texts[2], { payload: { message_thread_id: 5, disable_notification: true } });
  t.match(await app.parts.prompts.head("site"), { replied: true }, "so its turn is not relayed");
  for (const agent of ["nobody", "SITE", "", "../site", "x".repeat(64)]) {
    t.equal((await post({ text: "x", agent })).statusCode, 404, agent);
  }
});

test("what says nothing, or is not of the documented form, is refused", async (t) => {
  const { post, owed } = await line(t);
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
  t.same(await owed(), []);
});

test("a text over the limit goes out in parts, in order", async (t) => {
  const { post, owed } = await line(t);
  const text = `${"🙂".repeat(3000)}end`;
  t.equal((await post({ text })).statusCode, 202);
  const parts = (await owed()).map(({ payload }) => payload["text"] as string);
  t.ok(parts.length === 2 && parts.every((part) => part.length <= 4096 && part.isWellFormed()));
  t.equal(parts.join(""), text);
});

test("the same idempotency key is one message and one id, and keeps one copy of its file", async (t) => {
  const { post, owed, outgoing, workspaceDir } = await line(t);
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
  t.equal((await owed()).length, 1);
  t.equal(outgoing().length, 1);
  await post(body, { headers: { "idempotency-key": "key-number-2" } });
  t.equal((await owed()).length, 2);
});

test("files inside the roots go out as copies under their own names", async (t) => {
  const { post, owed, workspaceDir, siteDir } = await line(t);
  mkdirSync(join(workspaceDir, "sub"));
  writeFileSync(join(workspaceDir, "sub", "отчёт.md"), "report");
  writeFileSync(join(siteDir, "page.html"), "page");
  symlinkSync(join(workspaceDir, "sub", "отчёт.md"), join(workspaceDir, "link.md"));
  const odd = 'line\nbreak "q";x=1.txt';
  writeFileSync(join(workspaceDir, odd), "odd");
  t.equal((await post({ files: ["sub/отчёт.md"], text: "caption" })).statusCode, 202);
  t.equal(
    (await post({ files: [join(siteDir, "page.html"), "page.html"], agent: "site" })).statusCode,
    202,
  );
  t.equal(
    (await post({ files: ["link.md", join(workspaceDir, "sub/../sub/отчёт.md")] })).statusCode,
    202,
  );
  t.equal((await post({ files: ["sub/отчёт.md"], text: "y".repeat(1025) })).statusCode, 202);
  t.equal((await post({ files: [odd] })).statusCode, 202);
  const calls = await owed();
  t.match(
    calls.map(({ lane, method, payload }) => [
      lane,
      method,
      payload["caption"],
      (payload["document"] as { name: string } | undefined)?.name,
    ]),
    [
      ["1000", "sendDocument", "caption", "отчёт.md"],
      ["-100:5", "sendDocument", undefined, "page.html"],
      ["-100:5", "sendDocument", undefined, "page.html"],
      ["1000", "sendDocument", undefined, "link.md"],
      ["1000", "sendDocument", undefined, "отчёт.md"],
      ["1000", "sendMessage", undefined, undefined],
      ["1000", "sendDocument", undefined, "отчёт.md"],
      ["1000", "sendDocument", undefined, /^[^\r\n]*line[^\r\n]*break[^\r\n]*$/],
    ],
  );
  const { path } = calls[0]!.payload["document"] as { path: string };
  writeFileSync(join(workspaceDir, "sub", "отчёт.md"), "changed since");
  t.equal(readFileSync(path, "utf8"), "report");
});

test("files outside the roots are refused without a word about them", async (t) => {
  const { post, owed, outgoing, workspaceDir, siteDir } = await line(t);
  const secretFile = join(tempDir(t), "secret.txt");
  writeFileSync(secretFile, "secret");
  writeFileSync(join(siteDir, "page.html"), "page");
  writeFileSync(join(workspaceDir, "ok.txt"), "ok");
  writeFileSync(`${workspaceDir}-neighbour`, "x");
  symlinkSync(secretFile, join(workspaceDir, "innocent.txt"));
  symlinkSync(tempDir(t), join(workspaceDir, "folder"));
  mkdirSync(join(workspaceDir, "sub"));
  writeFileSync(join(workspaceDir, "empty.txt"), "");
  const outside = [
    secretFile,
    "/etc/passwd",
    "/nowhere/at/all",
    "../data/reply-token",
    "sub/../../data/switchboard.sqlite",
    `${workspaceDir}-neighbour`,
    "innocent.txt",
    "folder/x",
    join(siteDir, "page.html"),
    workspaceDir,
    "/dev/zero",
  ];
  for (const file of outside) {
    const answer = await post({ text: "x", files: ["ok.txt", file] });
    const isMissing = file === "folder/x";
    t.ok([403, isMissing ? 400 : 403].includes(answer.statusCode), `${answer.statusCode} ${file}`);
    t.notMatch(answer.body, /secret|passwd|\/tmp|ENOENT|reply-token/);
  }
  for (const file of ["nothing.txt", "sub", "empty.txt", "a\u0000b"]) {
    t.equal((await post({ files: [file] })).statusCode, 400, JSON.stringify(file));
  }
  t.same(await owed(), []);
  t.same(outgoing(), [], "no copy of a refused reply is kept");
});

test("uploaded files get safe names and are kept only when accepted", async (t) => {
  const { post, owed, outgoing } = await line(t);
  const names = [
    "plain.txt",
    "../../etc/passwd",
    "a/b/c.txt",
    "..",
    "x".repeat(300),
    'we"ird;name=x.txt',
    "",
  ];
  for (const name of names) {
    const form = new FormData();
    form.set("text", "see file");
    form.append("file", new File(["uploaded"], name));
    t.equal((await post(form)).statusCode, 202, name);
  }
  const files = (await owed()).map(
    ({ payload }) => payload["document"] as { path: string; name: string },
  );
  t.equal(files.length, names.length);
  for (const { path, name } of files) {
    t.match(name, /^[^/\r\n]{1,128}$/);
    t.equal(readFileSync(path, "utf8"), "uploaded");
  }
  const before = outgoing().length;
  const form = new FormData();
  form.append("file", new File(["uploaded"], "a.txt"));
  t.equal((await post(form, { url: "/reply?agent=nobody" })).statusCode, 404);
  t.equal(outgoing().length, before, "a refused upload leaves nothing behind");
});

test("with wait the answer names the messages once they are in the chat, or says they are not", async (t) => {
  const telegram = new BotApiServer({ token });
  const apiRoot = await telegram.listen();
  t.teardown(() => telegram.close());
  const { post, app, workspaceDir, outgoing } = await line(t, { TELEGRAM_API_ROOT: apiRoot });
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
    status: 403,
    description: "Forbidden: bot was blocked by the user",
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
    payload: { text: "later" },
    state: /pending|uncertain|sending/,
  });
});

test("an agent reads what its operators wrote, oldest first, page by page", async (t) => {
  const { app } = await line(t);
  for (let id = 1; id <= 120; id++) {
    await app.store.write((transaction) =>
      addPrompt(transaction, {
        updateId: id,
        agent: id === 2 ? "site" : defaultAgent,
        conversation: "1000",
        operator: 1000,
        chatMessageId: id,
        text: `text ${id}`,
        sentAt: 1_700_000_000_000,
      }),
    );
  }
  const get = (query: string, headers: Record<string, string> = bearer) =>
    app.inject({ method: "GET", url: `/messages${query}`, headers });
  const first = await get("");
  t.equal(first.statusCode, 200);
  const { messages } = first.json<{ messages: { id: number; text: string }[] }>();
  t.equal(messages.length, 100);
  t.strictSame(messages[0], {
    id: 1,
    text: "text 1",
    sent_at: "2023-11-14T22:13:20.000Z",
    state: "queued",
  });
  t.equal(messages[1]?.text, "text 3");
  const rest = (await get(`?after=${messages.at(-1)?.id}`)).json<{
    messages: { text: string }[];
  }>();
  t.equal(rest.messages.length, 19);
  t.match((await get("?agent=site")).json(), { messages: [{ text: "text 2" }] });
  t.match((await get("?session=ses_site")).json(), { messages: [{ text: "text 2" }] });
  t.equal((await get("?agent=nobody")).statusCode, 404);
  t.equal((await get("?session=ses_nobody")).statusCode, 404);
  t.equal((await get("?after=-1")).statusCode, 400);
  t.equal((await get("?after=x")).statusCode, 400);
  t.equal((await get("", {})).statusCode, 401);
  t.equal((await rows(app.store, "SELECT 1 FROM prompts")).length, 120);
});

test("healthz tells that the process lives, readyz what it lacks", async (t) => {
  const { app } = await line(t);
  const get = (url: string) => app.inject({ method: "GET", url });
  const health = await get("/healthz");
  t.same([health.statusCode, health.json()], [200, { alive: true }]);
  const ready = await get("/readyz");
  t.equal(ready.statusCode, 503);
  t.same(ready.json(), {
    ready: false,
    missing: { opencode: "opencode does not answer", webhook: "not registered yet" },
  });
  app.store.close();
  t.match((await get("/readyz")).json(), {
    ready: false,
    missing: { store: "the store cannot be written: is the disk full?" },
  });
  t.equal((await get("/healthz")).statusCode, 200);
});
