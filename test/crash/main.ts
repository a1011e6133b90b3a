/**
 * `npm run test:crash [-- [--runs N] [--updates N] [--points "NAME, NAME"]]`: kills Switchboard at
 * every crash point on both paths, on the real opencode and tmux, and then wherever it happens to be
 * during a long soak. Prints what was lost, doubled and repeated; ends with 1 when anything was lost
 * or doubled.
 */
import { parseArgs } from "node:util";
import type { Stage } from "../../sandbox/stage.ts";
import { crashPoints } from "../../src/crash.ts";
import { none, type Outcome, sum } from "./outcome.ts";
import { pullMatrix, pullName, pullRun, pullStage } from "./pull.ts";
import { fileMatrix, matrix, nameOf, type Row, voiceMatrix } from "./rows.ts";
import { crashRun, crashStage } from "./run.ts";
import { SpeechServer } from "../support/speech-server.ts";
import { soak } from "./soak.ts";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "20" },
    points: { type: "string", default: crashPoints.join() },
    updates: { type: "string", default: "2000" },
  },
});
const stages = new Set<Stage>();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void clear().finally(() => process.exit(1)));
}

try {
  const outcomes = await measureMatrix(Number(values.runs));
  const soaked = Number(values.updates) > 0 ? await soak(Number(values.updates), keep) : none;
  const isKept = [...outcomes, soaked].every(({ lost, doubled }) => lost === 0 && doubled === 0);
  process.stdout.write(
    isKept ? "\nNothing lost, nothing doubled.\n" : "\nThe promise is broken.\n",
  );
  process.exitCode = isKept ? 0 : 1;
} finally {
  await clear();
}

/** Both paths side by side, then prompts with files, spoken ones and pulls, a stage each. */
async function measureMatrix(runs: number): Promise<Outcome[]> {
  if (runs === 0) return [];
  print(["crash point", "runs", "lost", "doubled", "marked repeats", "seconds a run"]);
  const paths = (["tmux", "api"] as const).map((path) => {
    return measureRows(
      matrix.filter((one) => one.path === path),
      runs,
    );
  });
  const outcomes = await Promise.all(paths);
  outcomes.push(await measureRows(fileMatrix, runs), await measureRows(voiceMatrix, runs));
  outcomes.push(await measurePulls(runs));
  return outcomes.flat();
}

async function measureRows(all: readonly Row[], runs: number): Promise<Outcome[]> {
  const rows = all.filter(isWanted);
  const [first] = rows;
  if (!first) return [];
  const speech = new SpeechServer();
  const spoken = first.isSpoken ? await speech.listen() : undefined;
  const stage = keep(await crashStage(first.path, spoken));
  const outcomes: Outcome[] = [];
  for (const row of rows) {
    const answerOf = (run: number) => row.answers[run % row.answers.length] ?? "relay";
    const one = (run: number) => crashRun(stage, row, answerOf(run));
    outcomes.push(await measureRow(nameOf(row), runs, stage, one));
  }
  await stage.clear();
  stages.delete(stage);
  speech.close();
  return outcomes;
}

async function measurePulls(runs: number): Promise<Outcome[]> {
  const rows = pullMatrix.filter(isWanted);
  if (rows.length === 0) return [];
  const programs = await pullStage();
  const stage = keep(programs.stage);
  const outcomes: Outcome[] = [];
  for (const row of rows) {
    const one = () => pullRun(programs, row);
    outcomes.push(await measureRow(pullName(row), runs, stage, one));
  }
  await stage.clear();
  stages.delete(stage);
  return outcomes;
}

function isWanted({ point }: { point: string }): boolean {
  return values.points
    .split(",")
    .map((one) => one.trim())
    .includes(point);
}

/** Makes the runs of a row and prints its line. */
async function measureRow(
  name: string,
  runs: number,
  stage: Stage,
  attempt: (run: number) => Promise<Outcome>,
): Promise<Outcome> {
  const start = performance.now();
  let outcome = none;
  for (let run = 0; run < runs; run += 1) {
    const one = await attempt(run);
    if (one.lost + one.doubled > 0) process.stderr.write(stage.logLines.slice(-30).join("\n"));
    outcome = sum(outcome, one);
  }
  const seconds = (performance.now() - start) / 1000 / runs;
  const { lost, doubled, repeats } = outcome;
  print([name, runs, lost, doubled, repeats, seconds.toFixed(1)]);
  return outcome;
}

function print([name = "", ...cells]: (string | number)[]): void {
  process.stdout.write(
    `${String(name).padEnd(42)}${cells.map((cell) => String(cell).padStart(16)).join("")}\n`,
  );
}

function keep(stage: Stage): Stage {
  stages.add(stage);
  return stage;
}

async function clear(): Promise<void> {
  await Promise.all([...stages].map((stage) => stage.clear()));
  stages.clear();
}
