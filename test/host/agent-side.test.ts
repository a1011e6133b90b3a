import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { installAgentSide } from "../../src/host/agent-side.ts";
import { replyToken } from "../../src/access/reply-token.ts";
import { makeWorkspace } from "../../src/host/workspace.ts";
import { tempDir, testConfig, token } from "../support/app.ts";

test("the agent's side is installed without secrets of the chat", async (t) => {
  const config = testConfig(t, { OPENCODE_SERVER_PASSWORD: "server-password" });
  mkdirSync(config.dataDir, { recursive: true });
  const env = installAgentSide(config.dataDir, config.opencode);
  t.match(env, {
    OPENCODE_SERVER_PASSWORD: "server-password",
    SWITCHBOARD_DATA_DIR: config.dataDir,
  });
  t.notMatch(
    JSON.stringify({ ...env, ...config.childEnv }),
    /AAEfake|webhook-secret|reply-token-of/,
  );
  const dir = env["OPENCODE_CONFIG_DIR"] ?? "";
  t.ok(dir.startsWith(config.dataDir));
  t.match(readFileSync(join(dir, "plugin", "switchboard.ts"), "utf8"), /send_telegram/);
  const { instructions } = JSON.parse(env["OPENCODE_CONFIG_CONTENT"] ?? "") as {
    instructions: string[];
  };
  t.match(readFileSync(instructions[0] ?? "", "utf8"), /send-telegram|send_telegram/);
  const open = testConfig(t);
  t.notOk("OPENCODE_SERVER_PASSWORD" in installAgentSide(open.dataDir, open.opencode));
  t.equal(JSON.stringify(env).includes(token), false);
});

test("a workspace inside Switchboard's own folder is a repository of its own, any other is left as it is", async (t) => {
  const dir = tempDir(t);
  const inside = join(dir, "switchboard", "work");
  makeWorkspace(inside, join(dir, "switchboard"));
  t.equal(readFileSync(join(inside, ".git", "HEAD"), "utf8"), "ref: refs/heads/main\n");
  t.same(readdirSync(join(inside, ".git")).toSorted(), ["HEAD", "objects", "refs"]);
  writeFileSync(join(inside, ".git", "HEAD"), "ref: refs/heads/other\n");
  makeWorkspace(inside, join(dir, "switchboard"));
  t.match(readFileSync(join(inside, ".git", "HEAD"), "utf8"), /other/, "kept as it is");

  const beside = join(dir, "switchboard-work");
  makeWorkspace(beside, join(dir, "switchboard"));
  t.same(readdirSync(beside), []);
});

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
