import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { claimPluginPackage } from "../../../src/host/agent-side.ts";
import {
  botTexts,
  runs,
  sending,
  settled,
  stackMissing,
  startStage,
  terminalReady,
  until,
  warnings,
} from "../../support/stage.ts";
import { takeOver } from "../../support/take-over.ts";

test(
  "1. what a workspace may decide is the operator's setting, on the real opencode",
  { skip: stackMissing() },
  async (t) => {
    const stage = await startStage(t, { permission: { bash: "ask" } });
    const { telegram, model } = stage;
    model.script = ({ toolResults }) =>
      toolResults.length > 0 ? { text: "ended" } : runs("touch ran");
    const { work, caught } = takeOver(stage);

    await t.test(
      "what the server was not started with is said, and how to change it",
      async (t) => {
        t.equal(await warnings(stage), "[]");
        await stage.stop();
        await stage.start({ PROJECT_CONFIG: "trust" });
        const said = /Restart opencode.* tmux -L \S+ kill-server/;
        await until(async () => (said.test(await warnings(stage)) ? true : undefined));
        telegram.operatorSends({ text: "/status" });
        await telegram.shown(({ text }) => said.test(text) && text.includes("PROJECT_CONFIG"));
        t.ok(stage.logLines.some((line) => said.test(line)));
      },
    );

    await t.test("with trust the workspace decides, and sees the password", async (t) => {
      rmSync(join(work, "ran"), { force: true });
      rmSync(join(work, "tsconfig.json"));
      await stage.tmux("kill-server");
      const cards = botTexts(stage).filter((text) => text.includes("touch ran")).length;
      telegram.operatorSends({ text: "trusted" });
      await until(() => (existsSync(join(work, "ran")) ? true : undefined), 90_000);
      t.equal(botTexts(stage).filter((text) => text.includes("touch ran")).length, cards);
      const password = stage.opencodePassword;
      t.match(password, /^\S{20,}$/);
      for (const name of ["plugin", "mcp", "other"]) {
        await until(() => (existsSync(caught(name)) ? true : undefined));
        t.equal(readFileSync(caught(name), "utf8").trim(), password, name);
      }
      t.equal(await warnings(stage), "[]");
    });
  },
);

test(
  "1. a settings folder of the operator's own counts, beside Switchboard's",
  { skip: stackMissing() },
  async (t) => {
    const folder = t.testdir({
      "opencode.json": JSON.stringify({ permission: { bash: { "*": "allow", "touch *": "ask" } } }),
    });
    claimPluginPackage(folder);
    const stage = await startStage(t, { env: { OPENCODE_CONFIG_DIR: folder } });
    const { telegram, model } = stage;
    const { caught, work } = takeOver(stage);
    await stage.tmux("kill-server");
    model.script = ({ toolResults }) =>
      [runs(sending("said")), runs("touch ran")][toolResults.length] ?? { text: "ended" };
    telegram.operatorSends({ text: "go" });
    await telegram.shown(({ text }) => text === "said", { timeoutMs: 60_000 });
    const card = await telegram.shown(({ text }) => text.includes("touch ran"));
    telegram.operatorPresses({ messageId: card.message_id, button: "Reject" });
    await settled(stage);
    await terminalReady(stage);
    t.notOk(existsSync(join(work, "ran")));
    for (const name of ["plugin", "other", "tui", "mcp", "module"])
      t.notOk(existsSync(caught(name)), name);
  },
);
