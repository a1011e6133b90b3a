import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type Test } from "tap";
import { askForBot, type TokenSources } from "../../../cli/setup/bot.ts";
import { Cancelled, nobody, SetupError } from "../../../cli/setup/prompts.ts";
import { BotApiServer } from "../../../sandbox/telegram/server.ts";
import { tempDir, token } from "../../support/app.ts";
import { person } from "../../support/setup-person.ts";

const wrong = "987654321:AAEwrongTokenForTestsOnly_01234567890";
const alone = () => nobody(() => undefined, new AbortController().signal);

async function telegram(t: Test) {
  const server = new BotApiServer({ token });
  t.teardown(() => server.close());
  const apiRoot = await server.listen();
  const asked = (more: Partial<TokenSources>) =>
    askForBot({ prompts: alone(), flags: {}, env: {}, before: undefined, apiRoot, ...more });
  return { server, asked };
}

const question = /^The token that @BotFather gave you/;

test("a token that is misspelt or unknown is asked for again, and the bot's name is shown", async (t) => {
  const { asked } = await telegram(t);
  const someone = person([question, "hello"], [question, wrong], [question, ` ${token}\n`.trim()]);
  t.match(await asked({ prompts: someone }), {
    token,
    account: { username: "switchboard_sandbox_bot" },
  });
  t.same(someone.shown, [
    "This must be the token from BotFather, like 123456789:AAE….",
    "! Telegram does not know this token; copy it again from @BotFather.",
    "The bot is @switchboard_sandbox_bot (Switchboard).",
  ]);
});

test("a Bot API that is not reached is named, and asked again when that is wanted", async (t) => {
  const { server, asked } = await telegram(t);
  await server.unreachable(true);
  await t.rejects(asked({ env: { TELEGRAM_BOT_TOKEN: token } }), {
    name: "SetupError",
    message: /^Nothing listens on 127\.0\.0\.1:\d+: check TELEGRAM_API_ROOT/,
  });
  const someone = person([question, token], [/^Asking/, () => undefined], [/^Try again\?$/, false]);
  await t.rejects(asked({ prompts: someone }), { message: /^Nothing was changed/ });
  const patient = person(
    [question, token],
    [/^Asking/, () => undefined],
    [/^Try again\?$/, true],
    [/^Asking/, () => undefined],
  );
  // It is there again when the question is answered.
  const confirm = patient.confirm;
  patient.confirm = async (asking) => {
    await server.unreachable(false);
    return confirm(asking);
  };
  t.match(await asked({ prompts: patient }), { token });
});

test("the token comes from a file, the environment or .env, and never from a flag's value", async (t) => {
  const { asked } = await telegram(t);
  const file = join(tempDir(t), "token");
  writeFileSync(file, `${token}\n`);
  t.match(await asked({ flags: { tokenFile: file } }), { token });
  t.match(await asked({ env: { TELEGRAM_BOT_TOKEN: token } }), { token });
  t.match(await asked({ before: token }), { token });
  for (const [sources, message] of [
    [{ flags: { tokenFile: `${file}x` } }, /^--token-file cannot be read/],
    [{ env: { TELEGRAM_BOT_TOKEN: "x" } }, /^The bot's token is invalid/],
    [{ env: { TELEGRAM_BOT_TOKEN: wrong } }, /^Telegram does not know this token/],
    [{ before: wrong }, /^Telegram does not know this token/],
    [{}, /--token-file/],
  ] as const) {
    const failed = await asked(sources).catch((error: unknown) => error);
    t.ok(failed instanceof SetupError);
    t.match(failed, { message });
    t.notMatch(String(failed), wrong);
  }
});

test("the bot of before is kept, or another token is asked for", async (t) => {
  const { asked } = await telegram(t);
  const kept = person([/^Keep the bot @switchboard_sandbox_bot\?$/, true]);
  t.match(await asked({ prompts: kept, before: token }), { token });
  const other = person([/^Keep the bot/, false], [question, token]);
  t.match(await asked({ prompts: other, before: token }), { token });
  const gone = person([question, undefined]);
  await t.rejects(asked({ prompts: gone, before: wrong }), Cancelled);
});
