import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { withCredentials } from "../../src/access/credentials.ts";
import { tempDir } from "../support/app.ts";

test("a credential of systemd is the token, also where .env has another", async (t) => {
  const CREDENTIALS_DIRECTORY = tempDir(t);
  const env = { CREDENTIALS_DIRECTORY, TELEGRAM_BOT_TOKEN: "old", PORT: "1" };
  t.equal(withCredentials({ PORT: "1" })["TELEGRAM_BOT_TOKEN"], undefined);
  t.same(withCredentials(env), env, "there is none");
  writeFileSync(join(CREDENTIALS_DIRECTORY, "telegram-bot-token"), " new\n");
  t.same(withCredentials(env), { ...env, TELEGRAM_BOT_TOKEN: "new" });
});

test("a credential that is empty or cannot be read is named, and its content is not", async (t) => {
  const CREDENTIALS_DIRECTORY = tempDir(t);
  const path = join(CREDENTIALS_DIRECTORY, "telegram-bot-token");
  const problems = { name: "ConfigError", problems: [/^the credential telegram-bot-token /] };
  writeFileSync(path, "\n");
  t.throws(() => withCredentials({ CREDENTIALS_DIRECTORY }), problems);
  mkdirSync(join(CREDENTIALS_DIRECTORY, "2", "telegram-bot-token"), { recursive: true });
  const folder = join(CREDENTIALS_DIRECTORY, "2");
  t.throws(() => withCredentials({ CREDENTIALS_DIRECTORY: folder }), problems);
});
