import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "tap";
import { Api } from "grammy/web";
import { allowedUpdates } from "../../../src/telegram/allowed-updates.ts";
import { clientOptions } from "../../../src/telegram/api.ts";
import { createHandOver } from "../../../cli/pull/webhook.ts";
import { createSource } from "../../../cli/pull/source.ts";
import { token } from "../../support/app.ts";
import { until } from "../../support/until.ts";
import { pulling } from "../../support/pulling.ts";

const send = ({ telegram }: Awaited<ReturnType<typeof pulling>>, ...texts: string[]) =>
  texts.map((text) => telegram.operatorSends({ text }).update_id);

test("updates reach Switchboard once and in order, and Telegram forgets them only then", async (t) => {
  let held: (() => void) | undefined;
  const stage = await pulling(t, (_, response) => {
    if (held) return false;
    held = () => response.writeHead(503, { "retry-after": "0" }).end('{"statusCode":503}');
    return true;
  });
  const { telegram, apiRoot, feed, told, stored, posted, log } = stage;
  const api = new Api(token, clientOptions({ token, apiRoot }));
  const before = send(stage, "one", "two");
  feed();
  await until(() => (held ? true : undefined), 10_000);
  t.equal((await api.getWebhookInfo()).pending_update_count, 2);
  t.match(telegram.calls[0]?.payload, { allowed_updates: allowedUpdates, timeout: 0 });
  held?.();
  await Promise.all(before.map((id) => telegram.acknowledged(id)));
  const after = send(stage, "three");
  await telegram.acknowledged(after[0] ?? 0);
  await told(undefined);
  t.same(await stored(), [...before, ...after]);
  t.same(posted, [before[0], ...before, ...after], "the first one twice, since it was not taken");
  t.match(log.lines.join(""), /Switchboard cannot take updates now \(503\)/);
  t.notMatch(log.lines.join(""), token.slice(12));
});

test("what was handed over and not confirmed comes again, and is no second update", async (t) => {
  const stage = await pulling(t);
  const { telegram, feed, stored, posted, url } = stage;
  const ids = send(stage, "one", "two", "three");
  // As one that is killed behind the second update.
  const taken = createHandOver(url, "webhook-secret-of-the-tests");
  const source = createSource({ token, apiRoot: stage.apiRoot });
  const { signal } = new AbortController();
  const updates = await source({ offset: undefined, seconds: 0, signal });
  for (const update of updates.slice(0, 2)) await taken(update, signal);

  const stop = feed();
  await telegram.acknowledged(ids[2] ?? 0);
  await stop();
  t.same(await stored(), ids);
  t.same(posted, [...ids.slice(0, 2), ...ids]);
});

test("an update that Switchboard says is none is skipped, and the next ones arrive", async (t) => {
  const stage = await pulling(t);
  const { telegram, feed, stored, log } = stage;
  telegram.post({ update_id: 99, message: { text: "of no chat" } } as never);
  const ids = send(stage, "next");
  feed();
  await telegram.acknowledged(ids[0] ?? 0);
  t.equal(await telegram.acknowledged(99), "delivered");
  t.same(await stored(), ids);
  t.match(
    log.entries.find(({ level }) => level === 50),
    { updateId: 99, status: 400, msg: /skipped/ },
  );
});

test("while Switchboard does not take updates nothing is confirmed, and the reason is told", async (t) => {
  const answers: [status: number, body: string, headers?: Record<string, string>][] = [
    [500, '{"statusCode":500}'],
    [503, '{"statusCode":503}', { "retry-after": "0" }],
    [503, '{"statusCode":503}', { "retry-after": "nonsense" }],
    [401, '{"statusCode":401}'],
    [200, "another program's page"],
    [400, "<html>no JSON</html>"],
    [404, "null"],
    [302, "", { location: "http://127.0.0.1:1/" }],
    [204, ""],
  ];
  const stage = await pulling(t, (_, response) => {
    const [status, body, headers] = answers.shift() ?? [];
    if (status === undefined) return false;
    response.writeHead(status, headers).end(status === 204 ? undefined : body);
    return true;
  });
  const { telegram, feed, stored, posted, states } = stage;
  const count = answers.length;
  const [id = 0] = send(stage, "patience");
  feed();
  t.equal(await telegram.acknowledged(id), "delivered");
  t.equal(posted.length, count + 1);
  t.same(await stored(), [id]);
  t.same(
    [...new Set(states.flatMap(({ problem }) => problem ?? []))].map((line) =>
      line.replace(stage.url, "URL"),
    ),
    [
      "Telegram was not asked yet",
      "Switchboard cannot take updates now (500): its log says why.",
      "Switchboard cannot take updates now (503): its log says why.",
      "Switchboard expects another secret: start it and npm run pull with the same .env.",
      "Something other than Switchboard answers at URL: correct HOST and PORT.",
    ],
  );
});

test("a Switchboard that is not there is waited for", async (t) => {
  const stage = await pulling(t);
  const { telegram, feed, told, stored, log } = stage;
  const [id = 0] = send(stage, "anybody?");
  const stop = feed({ handOver: createHandOver("http://127.0.0.1:1", "secret") });
  await told(/^Switchboard does not answer at http:\/\/127\.0\.0\.1:1: start it/);
  await stop();
  t.equal(log.lines.join("").split("does not answer").length, 2, "one line for all attempts");
  feed();
  await telegram.acknowledged(id);
  t.same(await stored(), [id]);
});

test("a webhook, a second program and a wrong token are named with what to do", async (t) => {
  const stage = await pulling(t);
  const { telegram, apiRoot, feed, told, log, states } = stage;
  const api = new Api(token, clientOptions({ token, apiRoot }));
  await api.setWebhook("http://127.0.0.1:1/");
  const stop = feed();
  await told(/has a webhook for this bot.*RECEIVE=pull/);
  await api.deleteWebhook();
  await told(undefined);
  const isTold = () =>
    states.some(({ problem }) => problem?.startsWith("Another program pulls this bot's updates"));
  await until(async () => {
    await api.getUpdates();
    return isTold() ? true : undefined;
  }, 10_000);
  await told(undefined);
  await stop();

  const wrong = createSource({ token: token.replace("fake", "oops"), apiRoot });
  const refused = feed({ source: wrong });
  await told(/^Telegram refuses the token; correct TELEGRAM_BOT_TOKEN/);
  const since = telegram.mark();
  await refused();
  t.equal(telegram.mark(), since, "it is not asked again at once");
  t.notMatch(log.lines.join(""), /AAEfake|AAEoops/);
});

test("Telegram's faults are waited out, a penalty for as long as it lasts", async (t) => {
  const stage = await pulling(t);
  const { telegram, feed, told, stored, log, states } = stage;
  telegram.fault({ method: "getUpdates", kind: "5xx" });
  telegram.fault({ method: "getUpdates", kind: "5xx", html: true });
  telegram.fault({ method: "getUpdates", kind: "reset-before" });
  telegram.fault({ method: "getUpdates", kind: "reset-after" });
  telegram.fault({ method: "getUpdates", kind: "429", retryAfter: 0 });
  const [id = 0] = send(stage, "through all of it");
  const stop = feed();
  await telegram.acknowledged(id);
  t.same(await stored(), [id]);
  await told(undefined);
  await telegram.unreachable(true);
  await told(/^Nothing listens on 127\.0\.0\.1/);
  telegram.fault({ method: "getUpdates", kind: "429", retryAfter: 1800 });
  await telegram.unreachable(false);
  await told(/429/);
  t.ok((states.at(-1)?.until ?? 0) > Date.now() + 1_800_000);
  const since = telegram.mark();
  for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
  await stop();
  t.equal(telegram.mark(), since);
  t.notMatch(log.lines.join(""), /AAEfake/);
});

test("updates go on where the feeder's state cannot be written, and that is said once", async (t) => {
  const stage = await pulling(t);
  const { telegram, feed, stored, log } = stage;
  feed({
    report: () => {
      throw new Error("the disk is full");
    },
  });
  const ids = send(stage, "one", "two");
  await telegram.acknowledged(ids[1] ?? 0);
  t.same(await stored(), ids);
  t.equal(log.entries.filter(({ msg }) => String(msg).includes("cannot be written")).length, 1);
});

test("a stop ends a long poll at once, and what comes then is there for the next start", async (t) => {
  const stage = await pulling(t);
  const { telegram, feed, told, stored } = stage;
  const stop = feed();
  await told(undefined);
  await stop();
  const [id = 0] = send(stage, "good night");
  t.same(await stored(), []);
  feed();
  await telegram.acknowledged(id);
  t.same(await stored(), [id]);
});

test("what is no list of updates is not handed over, and updates go on after it", async (t) => {
  const update = { update_id: 7, message: { text: "after that" } };
  const answers = [
    "null",
    "{}",
    "[null]",
    '[{"message":{}}]',
    '[{"update_id":-2}]',
    '[{"update_id":1e300}]',
    JSON.stringify([update]),
  ];
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(`{"ok":true,"result":${answers.shift() ?? "[]"}}`);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => server.close());
  const apiRoot = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { feed, told } = await pulling(t);
  const handed: unknown[] = [];
  const stop = feed({
    source: createSource({ token, apiRoot }),
    handOver: async (one) => {
      handed.push(one);
      return { kind: "taken" };
    },
    pollSeconds: 0,
  });
  await told(/^What answers at TELEGRAM_API_ROOT is no Bot API/);
  await until(() => (handed.length > 0 ? true : undefined), 10_000);
  await stop();
  t.same(handed, [update]);
});

test("an answer without an end is broken off", async (t) => {
  let written = 0;
  const stage = await pulling(t, (_, response) => {
    if (written > 0) return false;
    const more = () => {
      if (response.destroyed || written > 50_000_000) return void response.end();
      written += 100_000;
      response.write("x".repeat(100_000), more);
    };
    more();
    return true;
  });
  const [id = 0] = send(stage, "patience");
  stage.feed();
  await stage.telegram.acknowledged(id);
  t.ok(written < 50_000_000, `${written} bytes`);
});
