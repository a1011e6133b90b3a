import { test } from "tap";
import { registering } from "../support/registering.ts";
import { until } from "../support/until.ts";

const tokenRefused = "Telegram refuses the token; correct TELEGRAM_BOT_TOKEN and restart.";

test("a token that Telegram refuses is named in one line, and not tried again before a restart", async (t) => {
  for (const [status, description] of [
    [401, "Unauthorized"],
    [404, "Not Found"],
  ] as const) {
    const { telegram, start, done, log } = await registering(t);
    const refusal = { kind: "refuse", status, description, times: 1000 } as const;
    const release = telegram.fault(refusal);
    const { registration } = start({ freshMs: 0 });
    await until(async () => (registration.missing === tokenRefused ? true : undefined));
    // Longer than the longest pause of these registrations.
    await new Promise((resolve) => setTimeout(resolve, 30));
    t.equal(await registration.check(), tokenRefused, "nor for a check of readiness");
    t.equal(telegram.calls.length, 1);
    const told = log.entries.filter(({ level }) => Number(level) >= 40);
    t.match(told, [{ msg: tokenRefused }], "once");
    t.notOk(told.some((entry) => "err" in entry));
    release();
    await done(start().registration);
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
