import { test } from "tap";
import { stackMissing } from "../support/stage.ts";
import { matrix, nameOf, type Path } from "./rows.ts";
import { crashRun, crashStage } from "./run.ts";

/** One run of every row of a path, as a test; `npm run test:crash` makes many. */
export function everyCrash(path: Path): void {
  test(
    `Switchboard killed anywhere on the ${path} path loses nothing and doubles nothing`,
    { skip: stackMissing() },
    async (t) => {
      const stage = await crashStage(path);
      t.teardown(() => stage.clear());
      for (const row of matrix.filter((one) => one.path === path)) {
        const { repeats, ...kept } = await crashRun(stage, row, row.answers[0] ?? "relay");
        t.same(kept, { lost: 0, doubled: 0 }, nameOf(row));
        t.ok(repeats <= 1, `${nameOf(row)}: at most one message is repeated, and marked`);
      }
    },
  );
}
