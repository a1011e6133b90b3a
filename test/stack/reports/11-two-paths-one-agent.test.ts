import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import type { SessionMessage } from "../../../src/opencode/client.ts";
import type { Stage } from "../../../sandbox/stage.ts";
import { botTexts, paths, settled, stackMissing, startStage, until } from "../../support/stage.ts";

/** A second model, with variants, for the real opencode. */
function addModel(stage: Stage): void {
  const file = join(stage.home, ".config", "opencode", "opencode.json");
  const config = JSON.parse(readFileSync(file, "utf8"));
  config.provider.stub.models.second = { name: "Second model", variants: { high: {}, low: {} } };
  writeFileSync(file, JSON.stringify(config));
}

/** Sends a prompt; resolves to the path it took and how it ran, when its turn is over. */
async function ask(stage: Stage, text: string) {
  const before = paths(stage).length;
  stage.telegram.operatorSends({ text });
  await until(() => (paths(stage).length > before ? true : undefined));
  await settled(stage);
  const query = `?directory=${encodeURIComponent(stage.env["WORKSPACE_DIR"] ?? "")}`;
  const sessions = (await (await stage.opencode(`/session${query}`)).json()) as { id: string }[];
  const path = `/session/${sessions[0]?.id}/message`;
  const messages = (await (await stage.opencode(path)).json()) as SessionMessage[];
  const info = messages.findLast(({ info: { role } }) => role === "user")?.info;
  if (info?.role !== "user") throw new Error("no prompt");
  const { modelID, variant } = info.model as { modelID: string; variant?: string };
  return { path: paths(stage).at(-1), agent: info.agent, model: modelID, variant };
}

async function says(stage: Stage, command: string): Promise<string> {
  const before = botTexts(stage).length;
  stage.telegram.operatorSends({ text: command });
  return until(() => {
    const text = botTexts(stage)[before];
    return text === "Asking opencode…" ? undefined : text;
  });
}

async function boxShows(stage: Stage, text: string): Promise<void> {
  await until(async () => {
    const screen = await stage.tmux("capture-pane", "-p", "-t", "=default_agent:");
    return screen.includes(text) ? true : undefined;
  });
}

const keys = (stage: Stage, ...names: string[]) =>
  stage.tmux("send-keys", "-t", "=default_agent:", ...names);

test(
  "both paths run a prompt by the configured model, and then by the one chosen in the terminal",
  { skip: stackMissing() },
  async (t) => {
    const env = { OPENCODE_MODEL: "stub/second", OPENCODE_VARIANT: "high" };
    const stage = await startStage(t, { env }, addModel);
    const configured = { agent: "build", model: "second", variant: "high" };
    t.match(await says(stage, "/status"), /^Mode: build\nModel: stub\/second \(high\)$/m);
    t.match(await ask(stage, "one"), { path: "api", ...configured }, "the terminal shows another");
    await boxShows(stage, "Build · Second model stub · high");
    t.match(await ask(stage, "two"), { path: "tmux", ...configured });

    await keys(stage, "C-x", "m");
    await boxShows(stage, "Select model");
    await keys(stage, "-l", "Scripted");
    await keys(stage, "Enter");
    await boxShows(stage, "Build · Scripted model stub");
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
