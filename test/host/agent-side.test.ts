import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { type AgentSide, installAgentSide } from "../../src/host/agent-side.ts";
import type { Config } from "../../src/config.ts";
import { testConfig, token } from "../support/app.ts";

const side = ({ dataDir, workspaceDir, opencode }: Config): AgentSide => ({
  dataDir,
  workspaceDir,
  credentials: opencode,
  projectConfig: "trust",
  env: {},
});

test("the agent's side is installed without secrets of the chat", async (t) => {
  const config = testConfig(t, { OPENCODE_SERVER_PASSWORD: "server-password" });
  mkdirSync(config.dataDir, { recursive: true });
  const env = installAgentSide(side(config));
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
  t.notOk("OPENCODE_SERVER_PASSWORD" in installAgentSide(side(open)));
  t.equal(JSON.stringify(env).includes(token), false);
});

test("opencode leaves out what projects bring where that is wanted, and what the operator set stays", async (t) => {
  const config = testConfig(t);
  const trusting = installAgentSide(side(config));
  t.notOk("OPENCODE_DISABLE_PROJECT_CONFIG" in trusting);
  t.equal(trusting["SWITCHBOARD_PROJECT_CONFIG"], "trust");
  const own = '{ "permission": { "bash": "ask" }, /* mine */ "instructions": ["/mine.md"], }';
  const content = { OPENCODE_CONFIG_CONTENT: own };
  const env = installAgentSide({ ...side(config), projectConfig: "ignore", env: content });
  t.match(env, {
    OPENCODE_DISABLE_PROJECT_CONFIG: "1",
    SWITCHBOARD_PROJECT_CONFIG: "ignore",
  });
  t.match(JSON.parse(env["OPENCODE_CONFIG_CONTENT"] ?? ""), {
    permission: { bash: "ask" },
    instructions: ["/mine.md", /AGENTS\.md$/],
  });
  const folder = { OPENCODE_CONFIG_DIR: "/mine", OPENCODE_CONFIG_CONTENT: '{"plugin":["mine"]}' };
  const beside = installAgentSide({ ...side(config), env: folder });
  t.equal(beside["OPENCODE_CONFIG_DIR"], "/mine");
  t.match(JSON.parse(beside["OPENCODE_CONFIG_CONTENT"] ?? ""), {
    plugin: ["mine", /project-guard\.ts$/, /project-instructions\.ts$/, /switchboard\.ts$/],
  });
});
