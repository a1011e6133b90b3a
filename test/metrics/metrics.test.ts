import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { test } from "tap";
import { hold } from "../../src/prompts/queue.ts";
import { conversation } from "../../src/chat/conversation.ts";
import { enqueue } from "../../src/outbox/enqueue.ts";
import { say } from "../../src/outbox/say.ts";
import { addPrompt, endPrompt } from "../../src/prompts/prompts.ts";
import { BotApiServer } from "../../sandbox/telegram/server.ts";
import { addCard } from "../../src/cards/card-table.ts";
import { secret, startApp, token } from "../support/app.ts";
import { change } from "../support/memory.ts";
import { scraped } from "../support/metrics.ts";
import { sourcesOf } from "../support/modules.ts";
import { permission } from "../support/reconciling.ts";
import { newPrompt } from "../support/prompts.ts";
import { startWith } from "../support/session.ts";
import { until } from "../support/until.ts";
import { update } from "../support/updates.ts";

const root = join(import.meta.dirname, "..", "..");

test("without METRICS=on there is no route, and nothing is counted", async (t) => {
  const { app } = await startApp(t);
  const answer = await app.inject({ url: "/metrics" });
  t.equal(answer.statusCode, 404);
  t.equal(app.metrics, undefined);
  const { inbox, inboxWorker, sender, telegramCalls, delivery, turnReports, cards } = app;
  for (const one of [inbox, inboxWorker, telegramCalls, delivery, turnReports, cards]) {
    t.same(one.eventNames(), []);
  }
  t.same(sender.eventNames().toSorted(), ["ended", "migrated"], "as others listen");
});

test("prom-client is loaded by src/metrics alone, and that by nothing but METRICS=on", async (t) => {
  const texts = new Map(
    sourcesOf("src", "plugins", "routes").map(({ path, text }) => [path, text]),
  );
  const seen = new Set<string>();
  const load = (path: string) => {
    if (seen.has(path)) return;
    seen.add(path);
    // Types are removed, and what is imported by a call is loaded when it is called.
    const found = (texts.get(path) ?? "").matchAll(/^(?:import|export)(?! type)[^"]*?"([^"]+)"/gm);
    for (const [, target = ""] of found) {
      if (target.startsWith(".")) load(relative(root, resolve(root, dirname(path), target)));
      else seen.add(target);
    }
  };
  const begun = [...texts.keys()].filter((path) => /^(plugins|routes)\//.test(path));
  for (const path of ["src/serve.ts", ...begun]) load(path);
  t.ok(seen.has("fastify") && seen.size > 100);
  t.notOk(seen.has("prom-client"));
  const [named] = readFileSync(join(root, "plugins", "metrics.ts"), "utf8").matchAll(
    /import\("\.\.\/(.*?)"\)/g,
  );
  load(named?.[1] ?? "");
  t.ok(seen.has("prom-client"));
});

test("with METRICS=on", async (t) => {
  const telegram = new BotApiServer({ token });
  const apiRoot = await telegram.listen();
  t.teardown(() => telegram.close());
  const { app } = await startApp(t, { METRICS: "on", TELEGRAM_API_ROOT: apiRoot });

  await t.test(
    "only programs on this machine are told, through no proxy and under no other name",
    async (t) => {
      const get = (options: object) => app.inject({ url: "/metrics", ...options });
      const refused = [
        { remoteAddress: "192.0.2.1" },
        { headers: { "x-forwarded-for": "192.0.2.1" } },
        { headers: { host: "rebound.example" } },
      ];
      for (const options of refused) t.equal((await get(options)).statusCode, 403);
      const answer = await get({});
      t.equal(answer.statusCode, 200);
      t.match(answer.headers["content-type"], "text/plain; version=0.0.4");
      const { samples } = await scraped(app);
      t.match(samples, [{ name: "process_cpu_seconds_total" }]);
      const asked = { route: "/metrics", status: "403" };
      t.equal((await scraped(app)).value("switchboard_http_requests_total", asked), 3);
    },
  );

  await t.test("posts to the webhook are counted by what became of them", async (t) => {
    const post = (payload: unknown, given = secret) =>
      app.inject({
        method: "POST",
        url: "/telegram/webhook",
        headers: { "content-type": "application/json", "x-telegram-bot-api-secret-token": given },
        payload: typeof payload === "string" ? payload : JSON.stringify(payload),
      });
    const stranger = {
      from: { id: 666, is_bot: false, first_name: "M" },
      chat: { id: 666, type: "private" },
    };
    for (const id of [1, 2, 1]) await post(update(id));
    await post(update(3, stranger));
    await post(update(4), "a guess");
    await post("{");
    await post(update(5, { text: "x".repeat(2_000_000) }));
    t.intercept(app.inbox, "add", { value: () => Promise.reject(new Error("full")) });
    await post(update(6));
    const shown = await scraped(app);
    const outcomes = { stored: 2, repeated: 1, ignored: 1, refused: 3, not_stored: 1 };
    for (const [outcome, count] of Object.entries(outcomes)) {
      t.equal(shown.value("switchboard_updates_total", { outcome }), count, outcome);
    }
    t.equal(shown.value("switchboard_updates_waiting"), 2);
  });

  await t.test(
    "an update that was handled and one that was given up are counted as such",
    async (t) => {
      const { inbox, inboxWorker } = app;
      await inbox.add(1, "1000", JSON.stringify(update(1)));
      await inbox.add(2, "2000", JSON.stringify(update(2)));
      await change(app.store, "UPDATE updates SET attempts = 2 WHERE update_id = 2");
      inboxWorker.begin({
        handle: async ({ update_id: id }) => {
          if (id === 2) throw new Error("it cannot be handled");
        },
        giveUp: async () => undefined,
      });
      const shown = await until(async () => {
        const now = await scraped(app);
        return now.value("switchboard_updates_waiting") === 0 ? now : undefined;
      });
      t.equal(shown.value("switchboard_updates_handled_total", { outcome: "done" }), 1);
      t.equal(shown.value("switchboard_updates_handled_total", { outcome: "failed" }), 1);
    },
  );

  await t.test(
    "calls to Telegram are counted by method and result, whoever makes them",
    async (t) => {
      telegram.fault({ method: "sendMessage", kind: "429", retryAfter: 0 });
      const lost = {
        lane: "7",
        method: "deleteMessage",
        payload: { chat_id: 1000, message_id: 99 },
      };
      await app.store.write(async (transaction) => {
        await say(transaction, conversation(1000), "a secret word");
        await enqueue(transaction, lost);
      });
      app.sender.start();
      app.registration.start([]);
      const ended = "switchboard_outbox_ended_total";
      const shown = await until(async () => {
        const now = await scraped(app);
        const isDone = now.value(ended) === 2 && now.value("switchboard_telegram_registered") === 1;
        return isDone ? now : undefined;
      });
      const calls = (method: string, result: string) =>
        shown.value("switchboard_telegram_calls_total", { method, result });
      t.equal(calls("sendMessage", "limited"), 1);
      t.equal(calls("sendMessage", "ok"), 1);
      t.equal(calls("deleteMessage", "refused"), 1);
      t.equal(calls("setWebhook", "ok"), 1);
      t.equal(shown.value(ended, { outcome: "sent" }), 1);
      t.equal(shown.value(ended, { outcome: "failed" }), 1);
      await app.pauses.hold({ chatId: 1000 }, Date.now() + 60_000);
      const paused = await scraped(app);
      t.equal(paused.value("switchboard_telegram_pauses"), 1);
      t.ok((paused.value("switchboard_telegram_longest_pause_seconds") ?? 0) > 30);
      const { body } = await app.inject({ url: "/metrics" });
      for (const hidden of [token, "a secret word"]) t.notOk(body.includes(hidden));
      const labels = paused.samples.flatMap((sample) => Object.values(sample.labels));
      t.notOk(labels.join(" ").includes("1000"), "no chat is named");
      await app.sender.stop();
    },
  );

  await t.test(
    "what waits is shown with its age, by state and path, and what is held is not old",
    async (t) => {
      const { store, prompts } = app;
      for (const name of ["busy", "idle", "held"]) await startWith(store, name, `ses_${name}`);
      const minutesAgo = (minutes: number) => ({ sentAt: Date.now() - minutes * 60_000 });
      const add = (id: number, agent: string, minutes: number) =>
        store.write((transaction) =>
          addPrompt(transaction, newPrompt(id, { agent, ...minutesAgo(minutes) })),
        );
      await add(1, "busy", 90);
      const first = (await prompts.head("busy"))!;
      await prompts.attempt(first, {
        path: "tmux",
        sessionId: "ses_busy",
        afterMessageId: undefined,
      });
      await add(2, "busy", 60);
      await add(3, "idle", 5);
      await add(4, "held", 999);
      await store.write(async (transaction) => {
        await hold(transaction, "held");
        await addCard(transaction, {
          agent: "busy",
          conversation: "1000",
          operator: undefined,
          context: {},
          decision: permission,
        });
      });
      await change(store, "UPDATE cards SET created_at = created_at - 7000");
      await change(store, "UPDATE outbox SET created_at = created_at - 50000");
      const shown = await scraped(app);
      t.equal(shown.value("switchboard_prompts", { state: "delivering", path: "tmux" }), 1);
      t.equal(shown.value("switchboard_prompts", { state: "queued", path: "none" }), 3);
      t.equal(shown.value("switchboard_cards", { kind: "permission", state: "open" }), 1);
      // Reactions to the prompts.
      t.equal(shown.value("switchboard_outbox_calls", { state: "pending" }), 4);
      const ages = { prompt: 300, prompt_behind_turn: 3600, card: 7, call: 50, update: 0 };
      for (const [of, seconds] of Object.entries(ages)) {
        const age = shown.value("switchboard_oldest_seconds", { of }) ?? -1;
        t.ok(age >= seconds && age < seconds + 30, `${of} is ${age} s old`);
      }
      const ends = [
        [1, "done"],
        [2, "done"],
        [3, "cancelled"],
      ] as const;
      await store.write(async (transaction) => {
        for (const [id, end] of [...ends, ends[0]]) await endPrompt(transaction, id, end);
      });
      const after = await scraped(app);
      t.equal(after.value("switchboard_prompts_ended_total", { outcome: "done" }), 2);
      t.equal(after.value("switchboard_prompts_ended_total", { outcome: "cancelled" }), 1);
      t.equal(after.value("switchboard_prompts"), 1);
    },
  );

  await t.test("a store that cannot be read is told, and the rest with it", async (t) => {
    t.equal((await scraped(app)).value("switchboard_store_up"), 1);
    t.intercept(app.store, "read", { value: () => Promise.reject(new Error("locked")) });
    const shown = await scraped(app);
    t.equal(shown.value("switchboard_store_up"), 0);
    for (const name of [
      "switchboard_updates_waiting",
      "switchboard_oldest_seconds",
      "switchboard_prompts",
    ]) {
      t.equal(shown.value(name), undefined, `${name} is not known`);
    }
    t.ok((shown.value("process_resident_memory_bytes") ?? 0) > 1e6);
  });

  await t.test(
    "opencode's stream shows its reconnects, and since when nothing was heard",
    async (t) => {
      const { events } = app;
      for (const name of ["open", "failed", "open"] as const) events.emit(name);
      events.emit("event", { type: "server.heartbeat" } as never);
      const now = performance.now();
      t.intercept(performance, "now", { value: () => now + 45_000 });
      const shown = await scraped(app);
      t.equal(shown.value("switchboard_opencode_stream_opened_total"), 2);
      t.equal(shown.value("switchboard_opencode_stream_failed_total"), 1);
      t.equal(shown.value("switchboard_opencode_stream_open"), 0);
      t.equal(shown.value("switchboard_opencode_events_total"), 1);
      t.equal(Math.round(shown.value("switchboard_opencode_stream_lag_seconds") ?? 0), 45);
    },
  );
});
