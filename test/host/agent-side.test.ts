import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { installAgentSide } from "../../src/host/agent-side.ts";
import { testConfig, token } from "../support/app.ts";

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
