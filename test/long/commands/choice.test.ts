import { rmSync } from "node:fs";
import { test, type Test } from "tap";
import { modelsPath } from "../../../sandbox/home.ts";
import type { Stage } from "../../../sandbox/stage.ts";
import { settings } from "../controls/stage.ts";
import { ask as askAtOnce } from "../../support/asked-prompt.ts";
import { addSecondModel } from "../../support/second-model.ts";
import {
  stackMissing,
  startStage,
  terminalRests,
  terminalShows,
  until,
} from "../../support/stage.ts";
import { labels, operatorOf } from "./operator.ts";

/** What an operator has set up, a second model with variants, and opencode's own catalogue of models. */
function prepare(home: string): void {
  settings(home);
  addSecondModel(home);
  rmSync(modelsPath(home));
}

/** Asks once the terminal takes keys. */
async function ask(stage: Stage, text: string) {
  await terminalRests(stage);
  return askAtOnce(stage, text);
}

/** Resolves when a list on the screen has been filtered: it no longer offers `text`. */
async function offersNo(stage: Stage, text: string): Promise<void> {
  await until(async () => {
    const screen = await stage.tmux("capture-pane", "-p", "-t", "=default_agent:");
    const isOffer = (line: string) => line.includes(text) && !line.includes("Build · ");
    return screen.split("\n").some(isOffer) ? undefined : true;
  });
}

const keys = (stage: Stage, ...names: string[]) =>
  stage.tmux("send-keys", "-t", "=default_agent:", ...names);

test(
  "the newest choice holds, whether it was made in the chat or in the terminal",
  { skip: stackMissing() },
  async (t) => {
    const stage = await startStage(t, { prepare });
    const { writes, presses } = operatorOf(stage);
    t.match(await ask(stage, "one"), { path: "tmux", agent: "build", model: "stub" });

    await writes("/mode PLAN", /^The next prompt of default_agent runs in mode plan/);
    const models = await writes("/model", /^Now: stub\/stub\./);
    t.equal(labels(models)[0], "Scripted model · stub", "the one in use first");
    t.match(labels(models), [/./, / · OpenCode Zen$/], "then the others by provider");
    const second = await writes("/model second", /^Models with “second”:/);
    t.same(labels(second), ["Second model · stub"]);
    await presses(second, "Second model · stub", /^The next prompt of .* runs on stub\/second/);
    const variants = await writes("/variant", /^Variant of stub\/second now: the default/);
    t.same(labels(variants), ["the default", "high", "low"]);
    await presses(variants, "high", /runs with the variant high/);
    t.match((await writes("/status", /^Agent: /)).text, "Mode: plan\nModel: stub/second");
    const chosen = { path: "api", agent: "plan", model: "second", variant: "high" };
    t.match(await ask(stage, "two"), chosen, "the terminal shows another");
    t.match(await ask(stage, "three"), chosen, "and goes on to show it");

    await keys(stage, "C-x", "m");
    await terminalShows(stage, "Select model");
    await keys(stage, "-l", "Second");
    await offersNo(stage, "Scripted model");
    await keys(stage, "Enter");
    // Asked of a model with variants.
    await terminalShows(stage, "Select variant");
    await keys(stage, "Enter");
    await terminalShows(stage, "Build · Second model stub");
    const four = await ask(stage, "four");
    t.match(four, { path: "api", agent: "plan", model: "second" }, "the mode of the chat holds");
    t.not(four.variant, "high", "the model was chosen anew in the terminal");

    await keys(stage, "Tab");
    // opencode 1.18 remembers a model for each mode.
    await terminalShows(stage, "Plan · Scripted model stub");
    t.match(await ask(stage, "five"), { path: "tmux", agent: "plan", model: "stub" });
    await keys(stage, "Tab");
    await terminalShows(stage, "Build · Second model stub");
    t.match(await ask(stage, "six"), { path: "tmux", agent: "build", model: "second" });

    await writes("/model gone", /^No model has “gone” in its name/);
    await writes("/mode gone", /^opencode has no mode “gone”/);
    await writes("/variant gone", /^The model has no variant “gone”/);
    t.match(await ask(stage, "seven"), { agent: "build", model: "second" }, "nothing has changed");

    await writes("/variant low", /runs with the variant low/);
    const found = await writes("/model scripted", /^Models with “scripted”:/);
    await presses(found, "Scripted model · stub", /runs on stub\/stub/);
    await writes("/variant high", /^stub\/stub has no variants/);
    t.match(await ask(stage, "eight"), { model: "stub", variant: undefined });
    t.same(
      stage.model.requests.slice(-2).map(({ model }) => model),
      ["second", "stub"],
    );

    const again = labels(await writes("/model", /^Now: stub\/stub\./)).slice(0, 2);
    t.same(again, ["Scripted model · stub", "Second model · stub"], "those used last come first");
    const near = await writes("/mode plam", /^opencode has no mode “plam”\. Did you mean plan\?/);
    await presses(near, "plan", /^The next prompt of default_agent runs in mode plan/);

    await lists(t, stage);
  },
);

/** What opencode itself offers. */
async function lists(t: Test, stage: Stage): Promise<void> {
  const { writes } = operatorOf(stage);
  const servers = await writes("/mcp", /^MCP servers:/);
  t.match(servers.text, /^broken: failed/m);
  t.match(servers.text, /^off: disabled$/m);
  t.match((await writes("/skills", /^opencode's skills:/)).text, /^paint: Paints walls$/m);
  const commands = await writes("/commands", /^opencode commands/);
  t.match(commands.text, /^greet: Greets$/m);
  t.match(commands.text, /^made \(runs a shell command\): $/m);
}
