import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { replyToken } from "../../src/access/kept-secrets.ts";
import { isSecret } from "../../src/access/secrets.ts";
import { tempDir } from "../support/app.ts";

test("the reply token is made once, kept for this user alone, and follows the settings", async (t) => {
  const dir = tempDir(t);
  const made = replyToken(dir, undefined);
  t.match(made, /^[A-Za-z0-9_-]{43}$/);
  t.equal(replyToken(dir, undefined), made);
  const path = join(dir, "reply-token");
  t.equal(statSync(path).mode & 0o777, 0o600);
  t.equal(statSync(dir).mode & 0o777, 0o700);
  t.equal(replyToken(dir, "configured-token-1"), "configured-token-1");
  t.equal(readFileSync(path, "utf8"), "configured-token-1\n");
  writeFileSync(path, "");
  t.match(replyToken(dir, undefined), /^[A-Za-z0-9_-]{43}$/);
});

test("a secret is recognised as a whole, and nothing else is", async (t) => {
  t.ok(isSecret("a-secret", "a-secret"));
  for (const wrong of ["", "a-secre", "a-secret ", "A-secret", undefined, ["a-secret"], null, 5]) {
    t.notOk(isSecret(wrong, "a-secret"), JSON.stringify(wrong));
  }
});
