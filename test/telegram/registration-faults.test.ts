import { test } from "tap";
import { freePort } from "../../sandbox/port.ts";
import { createApi } from "../../src/telegram/api.ts";
import { Pauses } from "../../src/telegram/pauses.ts";
import { token } from "../support/app.ts";
import { registering as stage } from "../support/registering.ts";
import { until } from "../support/until.ts";

test("a menu of commands that Telegram refuses, or never answers for, keeps nobody from the bot", async (t) => {
  const { telegram, start, done, methods, log } = await stage(t);
  const faults = { times: 1000, description: "Bad Request: BOT_COMMAND_INVALID" } as const;
  let release = telegram.fault({ method: "setMyCommands", kind: "refuse", status: 400, ...faults });
  const { registration } = start({ lookEveryMs: 2 });
  await done(registration);
  t.equal(await registration.check(), undefined);
  const looks = () => methods().filter((method) => method === "getWebhookInfo").length;
  while (looks() < 4) await new Promise(setImmediate);
  t.equal(methods().filter((method) => method === "setMyCommands").length, 1, "refused for good");
  t.match(
    log.entries.filter(({ level }) => Number(level) >= 40),
    [{ msg: /command menu .* is not set/, reason: /BOT_COMMAND_INVALID/ }],
  );
  release();

  release = telegram.fault({ method: "getMyCommands", kind: "5xx", times: 1000 });
  const later = start({ lookEveryMs: 2 }).registration;
  await done(later);
  release();
  await telegram.called("setMyCommands", ({ status }) => status === 200);
  t.equal(later.missing, undefined, "set with a later look");

  telegram.fault({ method: "getMyCommands", kind: "429", retryAfter: 1800 });
  const held = start().registration;
  while (held.missing !== undefined) await new Promise(setImmediate);
  t.equal(held.missing, undefined);
  await held.stop();
});

test("why Telegram cannot be reached, or refuses the webhook, is told until it is over", async (t) => {
  const { apiRoot, telegram, settings, start, done, log } = await stage(t);
  const nobody = `127.0.0.1:${await freePort()}`;
  const closed = createApi({ token, apiRoot: `http://${nobody}` }, new Pauses(settings));
  const nowhere = start({ api: closed }).registration;
  const words = `Nothing listens on ${nobody}: check TELEGRAM_API_ROOT`;
  await until(async () => nowhere.missing?.startsWith(words) || undefined);
  await nowhere.stop();

  const description = "Bad Request: bad webhook: Failed to resolve host: Name or service not known";
  const refusal = { kind: "refuse", status: 400, description, times: 1000 } as const;
  const release = telegram.fault({ method: "setWebhook", ...refusal });
  const api = createApi({ token, apiRoot }, new Pauses(settings));
  const { registration } = start({ api });
  while (!registration.missing?.includes("resolve host")) await new Promise(setImmediate);
  t.match(registration.missing, /PUBLIC_URL and its DNS record\.$/);
  release();
  await done(registration);
  const told = log.entries.filter(({ level }) => Number(level) >= 40);
  t.match(told[0], { msg: /^Nothing listens on/, kind: "port" });
  t.match(told.at(-1), { msg: /resolve host/, kind: "name" });
});
