import { test } from "tap";
import { speechServer } from "../support/speech-server.ts";
import { stackMissing } from "../support/stage.ts";
import { fileMatrix, matrix, nameOf, type Path, type Row, voiceMatrix } from "./rows.ts";
import { pullMatrix, pullName, pullRun, pullStage } from "./pull.ts";
import { crashRun, crashStage } from "./run.ts";

/** One run of every row of a path, as a test; `npm run test:crash` makes many. */
export function everyCrash(path: Path): void {
  const rows = matrix.filter((one) => one.path === path);
  each(`Switchboard killed anywhere on the ${path} path loses nothing and doubles nothing`, rows);
}

/** The same of the rows of prompts with files. */
export function everyFileCrash(): void {
  each("Switchboard killed while files come in loses none and shows none twice", fileMatrix);
}

/** The same where updates are pulled, of both programs. */
export function everyPullCrash(): void {
  const name =
    "the feeder or Switchboard killed in the middle of a pull loses and doubles no update";
  test(name, { skip: stackMissing() }, async (t) => {
    const programs = await pullStage();
    t.teardown(() => programs.stage.clear());
    t.teardown(() => programs.feeder.stop("SIGKILL"));
    for (const row of pullMatrix) {
      const { repeats, ...kept } = await pullRun(programs, row);
      t.same(kept, { lost: 0, doubled: 0 }, pullName(row));
      t.ok(repeats <= 1, `${pullName(row)}: at most one message is repeated, and marked`);
    }
  });
}

/** The same of the rows of voice messages. */
export function everyVoiceCrash(): void {
  each("Switchboard killed while it hears and speaks loses none and says none twice", voiceMatrix);
}

function each(name: string, rows: readonly Row[]): void {
  test(name, { skip: stackMissing() }, async (t) => {
    const path = rows[0]?.path ?? "api";
    const speech = rows[0]?.isSpoken ? await speechServer(t) : undefined;
    const stage = await crashStage(path, speech?.url);
    t.teardown(() => stage.clear());
    for (const row of rows) {
      const { repeats, ...kept } = await crashRun(stage, row, row.answers[0] ?? "relay");
      t.same(kept, { lost: 0, doubled: 0 }, nameOf(row));
      t.ok(repeats <= 1, `${nameOf(row)}: at most one message is repeated, and marked`);
    }
  });
}
