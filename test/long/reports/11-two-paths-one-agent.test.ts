import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import type { Stage } from "../../../sandbox/stage.ts";
import { ask } from "../../support/asked-prompt.ts";
import { addSecondModel } from "../../support/second-model.ts";
import { botTexts, stackMissing, startStage, terminalShows, until } from "../../support/stage.ts";

async function says(stage: Stage, command: string): Promise<string> {
  const before = botTexts(stage).length;
  stage.telegram.operatorSends({ text: command });
  return until(() => {
    const text = botTexts(stage)[before];
    return text === "Asking opencode…" ? undefined : text;
  });
}

const keys = (stage: Stage, ...names: string[]) =>
  stage.tmux("send-keys", "-t", "=default_agent:", ...names);

test(
  "both paths run a prompt by the configured model, and then by the one chosen in the terminal",
  { skip: stackMissing() },
  async (t) => {
    const env = { OPENCODE_MODEL: "stub/second", OPENCODE_VARIANT: "high" };
    const stage = await startStage(t, { env }, ({ home }) => addSecondModel(home));
    const configured = { agent: "build", model: "second", variant: "high" };
    t.match(await says(stage, "/status"), /^Mode: build\nModel: stub\/second \(high\)$/m);
    t.match(await ask(stage, "one"), { path: "api", ...configured }, "the terminal shows another");
    await terminalShows(stage, "Build · Second model stub · high");
    t.match(await ask(stage, "two"), { path: "tmux", ...configured });

    await keys(stage, "C-x", "m");
    await terminalShows(stage, "Select model");
    await keys(stage, "-l", "Scripted");
    await keys(stage, "Enter");
    await terminalShows(stage, "Build · Scripted model stub");
    t.match(await says(stage, "/status"), /^Mode: build\nModel: stub\/stub$/m);
    t.match(await ask(stage, "!three"), { path: "api", agent: "build", model: "stub" });
    t.match(await ask(stage, "four"), { path: "tmux", agent: "build", model: "stub" });
  },
);

for (const delivery of ["tmux", "api"]) {
  test(
    `a configured model that does not exist is told at start and at /start, and eats no prompt (${delivery})`,
    { skip: stackMissing() },
    async (t) => {
      const env = { OPENCODE_MODEL: "stub/gone", DELIVERY: delivery };
      const stage = await startStage(t, { env });
      const isTold = (text: string) => text.includes("opencode has no model stub/gone");
      await stage.telegram.shown(({ text }) => isTold(text));
      t.ok(
        stage.logLines.some((line) => line.includes('"level":50') && line.includes("stub/gone")),
      );
      t.ok(isTold(await says(stage, "/start")));
      t.match(await ask(stage, "hello"), { path: delivery, model: "stub" });
      const before = botTexts(stage).filter(isTold).length;
      await stage.stop();
      await stage.start();
      t.match(await says(stage, "/status"), /^Model: stub\/stub$/m);
      t.equal(botTexts(stage).filter(isTold).length, before, "each wrong setting is told once");
    },
  );
}

test(
  "a terminal whose Enter does not submit costs only the first prompt",
  { skip: stackMissing() },
  async (t) => {
    const rebound = (stage: Stage) => {
      const file = join(stage.home, ".config", "opencode", "tui.json");
      writeFileSync(file, JSON.stringify({ keybinds: { input_submit: "ctrl+s" } }));
    };
    const stage = await startStage(t, {}, rebound);
    t.match(await ask(stage, "one"), { path: "api" });
    const began = Date.now();
    t.match(await ask(stage, "two"), { path: "api" });
    t.ok(Date.now() - began < 5000, `${Date.now() - began} ms`);
  },
);
