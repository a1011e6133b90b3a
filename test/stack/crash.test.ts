import { test } from "tap";
import { none } from "../crash/outcome.ts";
import { crashRun, crashStage } from "../crash/run.ts";
import { matrix, nameOf, type Path } from "../crash/rows.ts";
import { stackMissing } from "../support/stage.ts";

for (const path of ["tmux", "api"] satisfies Path[]) {
  test(
    `Switchboard killed anywhere on the ${path} path loses nothing and doubles nothing`,
    { skip: stackMissing() },
    async (t) => {
      const stage = await crashStage(path);
      t.teardown(() => stage.clear());
      for (const row of matrix.filter((one) => one.path === path)) {
        const { repeats, ...rest } = await crashRun(stage, row, row.answers[0] ?? "relay");
        t.match(rest, { lost: none.lost, doubled: none.doubled }, nameOf(row));
        t.ok(repeats <= 1, `${nameOf(row)}: at most one message is repeated, and marked`);
      }
    },
  );
}
