import { BotError, Bot, GrammyError, HttpError } from "grammy/web";
import { test } from "tap";
import { createLogger, scrubber } from "../src/log.ts";
import { LogLines, token } from "./support/app.ts";
import { me, update } from "./support/updates.ts";

const password = 'pass"word\\1';

function logger() {
  const kept = new LogLines();
  return { kept, log: createLogger("debug", [token, password, undefined], kept) };
}

test("no line holds the token or a secret, wherever it stood", async (t) => {
  const { kept, log } = logger();
  const url = `https://api.telegram.org/bot${token}/sendMessage`;
  const withCause = new Error("outer", { cause: new Error(`request to ${url} failed`) });
  log.info(`calling ${url}`);
  log.info({ url, deep: { list: [token, password] } }, "an object");
  log.warn({ err: new Error(`request to ${url} failed, password ${password}`) }, "an error");
  log.warn({ err: withCause }, "a cause");
  log.warn({ error: new HttpError(`failed ${url}`, new Error(url)) }, "grammY's network error");
  log.warn(new Error(url), "an error as the object");
  log.info({ other: "987654321:BBBotherBotTokenOfTheSameShape_123456" }, "an unknown token");
  t.equal(kept.lines.length, 7);
  t.notMatch(kept.lines.join(""), /AAEfake|BBBother|pass.{1,3}word/);
  t.match(kept.entries[0], {
    msg: "calling https://api.telegram.org/bot123456789:[REDACTED]/sendMessage",
  });
  t.match(kept.entries[3], { err: { message: "outer", cause: { message: /request to/ } } });
});

test("an error of grammY is logged without its context, which holds the token", async (t) => {
  const { kept, log } = logger();
  const bot = new Bot(token, { botInfo: me });
  bot.on("message", (context) => {
    t.equal(context.api.token, token);
    throw new Error("handler broke");
  });
  const error: unknown = await bot.handleUpdate(update(1)).catch((caught: unknown) => caught);
  t.ok(error instanceof BotError);
  log.error({ err: error }, "an update could not be handled");
  t.match(kept.entries, [
    { err: { type: "BotError", message: /handler broke/, stack: /log\.test/ } },
  ]);
  t.notOk("ctx" in (kept.entries[0]!["err"] as object));
  t.notMatch(kept.lines.join(""), /AAEfake|Operator/);
});

test("an error keeps what says what happened", async (t) => {
  const { kept, log } = logger();
  const refusal = new GrammyError(
    "Call to 'sendMessage' failed!",
    { ok: false, error_code: 403, description: "Forbidden", parameters: {} },
    "sendMessage",
    { chat_id: 1, text: "private words" },
  );
  log.warn({ err: refusal }, "refused");
  log.warn({ err: Object.assign(new Error("no"), { code: "ENOENT" }) }, "system");
  t.match(kept.entries, [
    { err: { type: "GrammyError", method: "sendMessage", error_code: 403 } },
    { err: { type: "Error", message: "no", code: "ENOENT", stack: /Error: no/ } },
  ]);
  t.notMatch(kept.lines.join(""), /private words/);
});

test("what is thrown without being an error is logged too", async (t) => {
  const { kept, log } = logger();
  log.warn({ err: "a bare string" }, "odd");
  log.warn({ err: null }, "odder");
  t.match(kept.entries, [{ err: "a bare string" }, { msg: "odder" }]);
});

test("short secrets blank no ordinary words, and clean text stays as it is", async (t) => {
  const scrub = scrubber(["abc", "longer-secret", undefined]);
  t.equal(scrub("abc and longer-secret"), "abc and [REDACTED]");
  const clean = "the token bucket is empty; 10:30:45; 12345:short";
  t.equal(scrub(clean), clean);
  t.equal(scrubber(["secret-one", "secret-one-and-more"])("secret-one-and-more"), "[REDACTED]");
});
