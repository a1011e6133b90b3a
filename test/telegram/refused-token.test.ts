import { test } from "tap";
import { registering } from "../support/registering.ts";
import { until } from "../support/until.ts";

const tokenRefused = "Telegram refuses the token; correct TELEGRAM_BOT_TOKEN and restart.";

test("a token that Telegram refuses is named in one line, and tried again after long pauses", async (t) => {
  for (const [status, description] of [
    [401, "Unauthorized"],
    [404, "Not Found"],
  ] as const) {
    const { telegram, start, done, log } = await registering(t);
    const refusal = { kind: "refuse", status, description, times: 1000 } as const;
    const release = telegram.fault(refusal);
    const rare = start({ longestPauseMs: 3_600_000 }).registration;
    await until(async () => (rare.missing === tokenRefused ? true : undefined));
    await rare.stop();
    t.equal(telegram.calls.length, 1, "the next attempt is far away");

    const { registration } = start();
    await until(async () => (registration.missing === tokenRefused ? true : undefined));
    const enough = telegram.calls.length + 4;
    const seen = new Set<string | undefined>();
    while (telegram.calls.length < enough) {
      seen.add(registration.missing);
      await new Promise(setImmediate);
    }
    t.same([...seen], [tokenRefused], "also between two attempts");
    const told = log.entries.filter(({ level }) => Number(level) >= 40);
    t.match(told, [{ msg: tokenRefused }, { msg: tokenRefused }], "once each start");
    t.notOk(told.some((entry) => "err" in entry));
    release();
    await done(registration);
  }
});

test("a token that is revoked later is named as well, until it works again", async (t) => {
  const { telegram, start, done, log } = await registering(t);
  const { registration } = start({ lookEveryMs: 5, freshMs: 0 });
  await done(registration);
  const refusal = { kind: "refuse", status: 401, description: "Unauthorized" } as const;
  const release = telegram.fault({ ...refusal, times: 1000 });
  await until(async () => (registration.missing === tokenRefused ? true : undefined));
  t.equal(await registration.check(), tokenRefused);
  release();
  await done(registration);
  const told = log.entries.filter(({ level, err }) => Number(level) >= 40 || err !== undefined);
  t.match(told, [{ msg: tokenRefused }]);
});
