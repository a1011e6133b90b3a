import { test } from "tap";
import { GrammyError, HttpError } from "grammy/web";
import { sandbox } from "../support/sandbox.ts";

/** grammY's error for a refusal: its message holds status and description. */
const refused = (description: string, status = 400) => {
  const text = status === 400 ? `400: Bad Request: ${description}` : `${status}: ${description}`;
  return { message: new RegExp(RegExp.escape(text)) };
};

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
