import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "tap";
import { createApi } from "../../src/telegram/api.ts";
import { Pauses } from "../../src/telegram/pauses.ts";
import { token } from "../support/app.ts";
import { signal } from "../support/memory.ts";
import { registering as stage, type StartOptions } from "../support/registering.ts";
import { until } from "../support/until.ts";

const everything = ["getMe", "getWebhookInfo", "setWebhook", "getMyCommands", "setMyCommands"];
const kinds = [
  "message",
  "edited_message",
  "callback_query",
  "message_reaction",
  "stopped_message_generation",
] as const;
const onlyLooks = ["getMe", "getWebhookInfo", "getMyCommands"];
const setsWebhook = ["getMe", "getWebhookInfo", "setWebhook", "getMyCommands"];

test("the first start makes the bot known, a second one finds nothing to do", async (t) => {
  const { telegram, start, done, methods } = await stage(t);
  const { registration, known } = start();
  t.type(registration.missing, "string");
  await done(registration);
  t.same(methods(), everything);
  t.match(known, [{ id: 123456789, username: "switchboard_sandbox_bot" }]);
  t.strictSame(telegram.calls.find(({ method }) => method === "setWebhook")?.payload, {
    url: "http://127.0.0.1:2/telegram/webhook",
    secret_token: "secret-1",
    allowed_updates: kinds,
    max_connections: 10,
  });

  const since = telegram.mark();
  const again = start();
  await done(again.registration);
  t.same(methods(since), onlyLooks);
  t.equal(again.known.length, 2, "known at once from the store, and then by Telegram");
});

test("only what differs is set, and waiting updates are never dropped", async (t) => {
  const { telegram, settings, start, done, methods } = await stage(t);
  await done(start().registration);
  const changes: [string, StartOptions, string[]][] = [
    ["another secret", { secret: "secret-2" }, setsWebhook],
    ["the same again", { secret: "secret-2" }, onlyLooks],
    ["another address", { secret: "secret-2", webhookUrl: "http://127.0.0.1:3/x" }, setsWebhook],
    [
      "other commands",
      { secret: "secret-2", webhookUrl: "http://127.0.0.1:3/x", commands: [] },
      [...onlyLooks, "setMyCommands"],
    ],
  ];
  for (const [name, options, expected] of changes) {
    const since = telegram.mark();
    await done(start(options).registration);
    t.same(methods(since), expected, name);
  }
  for (const interference of [
    { allowed_updates: ["message"], max_connections: 10 },
    { allowed_updates: ["message", "callback_query"], max_connections: 10 },
    {
      allowed_updates: kinds,
      max_connections: 40,
    },
  ]) {
    const api = createApi({ token, apiRoot: await telegram.listen() }, new Pauses(settings));
    await api.raw.setWebhook({
      url: "http://127.0.0.1:2/telegram/webhook",
      ...interference,
    } as never);
    const since = telegram.mark();
    await done(start().registration);
    t.ok(methods(since).includes("setWebhook"), JSON.stringify(interference));
  }
  const dropping = telegram.calls.filter(({ payload }) => "drop_pending_updates" in payload);
  t.same(dropping, []);
});

test("where updates are pulled the webhook is deleted, and again when somebody sets one", async (t) => {
  const { telegram, apiRoot, settings, start, done, methods, log } = await stage(t);
  await done(start().registration);
  telegram.operatorSends({ text: "wait for the pull" });

  const since = telegram.mark();
  const { registration } = start({ webhookUrl: undefined, freshMs: 0 });
  t.equal(registration.missing, "not registered yet");
  await done(registration);
  t.same(methods(since), ["getMe", "getWebhookInfo", "deleteWebhook", "getMyCommands"]);
  const deleting = telegram.calls.findLast(({ method }) => method === "deleteWebhook");
  t.strictSame(deleting?.payload, {}, "what waits is not dropped");
  t.equal(await registration.check(), undefined, "an old error of the webhook does not count");

  const foreign = createApi({ token, apiRoot }, new Pauses(settings));
  await foreign.setWebhook("http://127.0.0.1:4/hook?key=theirs");
  t.equal(await registration.check(), "somebody else has changed the webhook");
  t.equal(await registration.check(), undefined, "deleted again");
  t.notMatch(log.lines.join(""), /theirs/);

  const again = telegram.mark();
  await done(start({ webhookUrl: undefined }).registration);
  t.same(methods(again), onlyLooks);
  await done(start().registration);
  t.ok(methods(again).includes("setWebhook"), "and set when it is wanted again");
  const { pending_update_count: waiting } = await foreign.getWebhookInfo();
  t.equal(waiting, 1, "what waited still does");
});

test("a start-up call that fails is tried again, and what is missing is told meanwhile", async (t) => {
  const { telegram, start, done, methods, log } = await stage(t);
  telegram.fault({ method: "getMe", kind: "5xx" });
  telegram.fault({ method: "getMe", kind: "5xx", html: true });
  telegram.fault({ method: "getMe", kind: "reset-before" });
  telegram.fault({ method: "getMe", kind: "429", retryAfter: 0 });
  telegram.fault({ method: "getWebhookInfo", kind: "5xx" });
  const release = telegram.fault({ method: "setWebhook", kind: "5xx", times: 1000 });
  const { registration } = start();
  await telegram.called("getMe", ({ status }) => status === 500);
  await telegram.called("setWebhook");
  t.equal(registration.missing, "the webhook is not set");
  release();
  await done(registration);
  t.same(new Set(methods()), new Set(everything));
  const steps = log.entries.flatMap(({ step }) => step ?? []);
  t.same([...new Set(steps)], ["Telegram does not answer getMe", "the webhook is not set"]);
  t.notOk(
    log.entries.some((entry) => "err" in entry),
    "no stack",
  );
  t.notMatch(log.lines.join(""), /AAEfake|secret-1/);
});

test("while Telegram is out of reach, the account of an earlier start is known", async (t) => {
  const { telegram, start, done } = await stage(t);
  await done(start().registration);
  await telegram.unreachable(true);
  const heard = signal();
  const { registration } = start();
  registration.on("account", () => heard.resolve());
  await heard.promise;
  t.equal(typeof registration.missing, "string");
  await telegram.unreachable(false);
  await done(registration);
});

test("stop ends a registration at once, in a pause and in a wait Telegram asked for", async (t) => {
  const { telegram, start } = await stage(t);
  telegram.fault({ kind: "5xx" });
  const first = start({ firstPauseMs: 3_600_000 });
  await telegram.called("getMe");
  await first.registration.stop();
  t.equal(first.registration.missing, "Telegram does not answer getMe");

  const since = telegram.mark();
  telegram.fault({ kind: "429", retryAfter: 50 });
  const second = start();
  await telegram.called("getMe", undefined, { since });
  await second.registration.stop();
});

test("under a long penalty nothing is called again before its end, also after a restart", async (t) => {
  const { telegram, apiRoot, settings, start, methods } = await stage(t);
  telegram.fault({ method: "getMe", kind: "429", retryAfter: 1800 });
  const first = start();
  await until(() => settings.get("telegram_pauses"));
  for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
  await first.registration.stop();
  t.same(methods(), ["getMe"]);

  const pauses = new Pauses(settings);
  await pauses.load();
  const second = start({ api: createApi({ token, apiRoot }, pauses) });
  for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
  t.equal(second.registration.missing, "Telegram does not answer getMe");
  await second.registration.stop();
  t.same(methods(), ["getMe"]);
});

test("a webhook that somebody else has set is told and set again", async (t) => {
  const { telegram, apiRoot, settings, start, done, log, methods } = await stage(t);
  const { registration } = start({ lookEveryMs: 5 });
  await done(registration);
  const mark = telegram.mark();
  const foreign = createApi({ token, apiRoot }, new Pauses(settings));
  await foreign.setWebhook("http://127.0.0.1:4/hook?key=theirs");
  telegram.fault({ method: "setWebhook", kind: "5xx" });
  while (registration.missing === undefined) await new Promise(setImmediate);
  t.equal(registration.missing, "somebody else has changed the webhook");
  await done(registration);
  const calls = methods(mark).filter((method) => method === "setWebhook");
  t.equal(calls.length, 3, "theirs, ours that failed, and ours");
  t.match(telegram.calls.findLast(({ method }) => method === "setWebhook")?.payload, {
    url: "http://127.0.0.1:2/telegram/webhook",
    secret_token: "secret-1",
  });
  const lines = log.lines.join("");
  t.match(lines, /changed elsewhere/);
  t.match(lines, /127\.0\.0\.1:4/);
  t.notMatch(lines, /theirs/);
});

test("a check tells at once that somebody else holds the webhook, and asks no more often than it may", async (t) => {
  const { telegram, apiRoot, settings, start, done, methods } = await stage(t);
  const { registration } = start({ freshMs: 0 });
  t.equal(await registration.check(), registration.missing, "nothing is asked before it is known");
  await done(registration);
  t.equal(await registration.check(), undefined);
  const foreign = createApi({ token, apiRoot }, new Pauses(settings));
  await foreign.setWebhook("http://127.0.0.1:4/hook");
  const found = await Promise.all([registration.check(), registration.check()]);
  const theirs = "somebody else has changed the webhook";
  t.same(found, [theirs, theirs], "also when it was put right meanwhile");
  t.equal(await registration.check(), undefined, "ours again");

  const rare = start().registration;
  await done(rare);
  const since = telegram.mark();
  await foreign.setWebhook("http://127.0.0.1:4/hook");
  t.same([await rare.check(), await rare.check()], [undefined, undefined]);
  t.notOk(methods(since).includes("getWebhookInfo"));
});

test("a check asks nothing under a penalty and ends in time", async (t) => {
  const { telegram, start, done, methods } = await stage(t);
  const { registration } = start({ freshMs: 0, checkWithinMs: 100 });
  await done(registration);
  const since = telegram.mark();
  telegram.fault({ method: "getWebhookInfo", kind: "429", retryAfter: 1800 });
  const began = Date.now();
  t.equal(await registration.check(), undefined, "what is known");
  t.equal(await registration.check(), undefined);
  t.ok(Date.now() - began < 8000);
  t.same(methods(since), ["getWebhookInfo"]);
});

test("a webhook that Telegram does not reach is told until it does", async (t) => {
  const { telegram, start, done, log } = await stage(t);
  const { registration } = start({ lookEveryMs: 5 });
  await done(registration);
  telegram.operatorSends({ text: "nobody listens on that port" });
  while (registration.missing === undefined) await new Promise(setImmediate);
  const refused = /^Telegram does not reach the webhook \(Connection refused\): .*Caddy/;
  t.match(registration.missing, refused);
  while (!log.lines.join("").includes("Connection refused")) await new Promise(setImmediate);

  await telegram.unreachable(true);
  while (!registration.missing?.startsWith("Nothing listens on")) await new Promise(setImmediate);
  await telegram.unreachable(false);
  while (registration.missing?.startsWith("Nothing listens on")) await new Promise(setImmediate);
  t.match(registration.missing, refused);
});

test("a webhook with somebody else's secret, which nobody can look up, is set again", async (t) => {
  const { telegram, apiRoot, settings, start, done, log } = await stage(t);
  const heard: unknown[] = [];
  const door = createServer((request, response) => {
    const secret = request.headers["x-telegram-bot-api-secret-token"];
    heard.push(secret);
    response.writeHead(secret === "secret-1" ? 200 : 401).end();
  }).listen(0, "127.0.0.1");
  await once(door, "listening");
  t.teardown(() => door.close());
  const webhookUrl = `http://127.0.0.1:${(door.address() as AddressInfo).port}/`;
  const { registration } = start({ webhookUrl, lookEveryMs: 5 });
  await done(registration);

  await createApi({ token, apiRoot }, new Pauses(settings)).setWebhook(webhookUrl, {
    secret_token: "theirs",
    allowed_updates: kinds,
    max_connections: 10,
  });
  const { update_id } = telegram.operatorSends({ text: "is anybody there?" });
  await telegram.acknowledged(update_id);
  t.same([heard[0], heard.at(-1)], ["theirs", "secret-1"]);
  t.match(log.lines.join(""), /Wrong response from the webhook: 401.*It is set again/);
  await done(registration);
});
