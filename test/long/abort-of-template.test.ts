import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { botTexts, settled, stackMissing, startStage, until } from "../support/stage.ts";
import { inWorkspace } from "./commands/operator.ts";

function prepare(home: string): void {
  const dir = join(home, ".config", "opencode", "command");
  mkdirSync(dir, { recursive: true });
  writeFileSync(
    join(dir, "slow.md"),
    "Slow: !`echo began > began.txt; sleep 4; echo done > done.txt`",
  );
}

test(
  "an abort while a template runs its shell ends the turn once it begins",
  { skip: stackMissing() },
  async (t) => {
    const stage = await startStage(t, { prepare, env: { ALLOW_SHELL: "true" } });
    const { telegram, model } = stage;
    const never = Promise.withResolvers<void>();
    model.script = ({ prompt }) =>
      prompt.startsWith("Slow") ? { text: "never said", hold: never.promise } : { text: "ok" };
    const has = (name: string) => until(() => existsSync(inWorkspace(stage, name)) || undefined);
    telegram.operatorSends({ text: "/run slow" });
    await has("began.txt");
    const since = telegram.mark();
    telegram.operatorSends({ text: "/abort" });
    await telegram.shown(
      ({ text }) => text.startsWith("Stopping the turn of default_agent once it begins"),
      {
        since,
      },
    );
    t.notOk(existsSync(inWorkspace(stage, "done.txt")), "while the shell runs");
    await telegram.shown(({ text }) => text === "Turn stopped.", { since });
    t.ok(existsSync(inWorkspace(stage, "done.txt")), "opencode 1.18 ends no shell of a template");
    await settled(stage);
    never.resolve();
    t.notOk(botTexts(stage).includes("never said"));
  },
);
