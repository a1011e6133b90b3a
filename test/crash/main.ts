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

interface Line {
  row: Row;
  runs: number;
  outcome: Outcome;
}

try {
  const lines = await measureMatrix(Number(values.runs));
  const soaked = Number(values.updates) > 0 ? await soak(Number(values.updates), keep) : none;
  const isKept = [...lines.map(({ outcome }) => outcome), soaked].every(
    ({ lost, doubled }) => lost === 0 && doubled === 0,
  );
  process.stdout.write(
    isKept ? "\nNothing lost, nothing doubled.\n" : "\nThe promise is broken.\n",
  );
  process.exitCode = isKept ? 0 : 1;
} finally {
  await clear();
}

/** Both paths side by side, then prompts with files and spoken ones, a stage each; a line is printed as soon as its runs are over. */
async function measureMatrix(runs: number): Promise<Line[]> {
  if (runs === 0) return [];
  print(["crash point", "runs", "lost", "doubled", "marked repeats", "seconds a run"]);
  const paths = (["tmux", "api"] as const).map((path) => {
    return measureRows(
      matrix.filter((one) => one.path === path),
      runs,
    );
  });
  const lines = await Promise.all(paths);
  const files = await measureRows(fileMatrix, runs);
  return [...lines.flat(), ...files, ...(await measureRows(voiceMatrix, runs))];
}

async function measureRows(rows: readonly Row[], runs: number): Promise<Line[]> {
  const lines: Line[] = [];
  const points = values.points.split(",").map((point) => point.trim());
  const wanted = rows.filter(({ point }) => points.includes(point));
  const [first] = wanted;
  if (!first) return lines;
  const speech = new SpeechServer();
  const stage = keep(
    await crashStage(first.path, first.isSpoken ? await speech.listen() : undefined),
  );
  for (const row of wanted) {
    const start = performance.now();
    let outcome = none;
    for (let run = 0; run < runs; run += 1) {
      const answer = row.answers[run % row.answers.length] ?? "relay";
      const one = await crashRun(stage, row, answer);
      if (one.lost + one.doubled > 0) process.stderr.write(stage.logLines.slice(-30).join("\n"));
      outcome = sum(outcome, one);
    }
    const seconds = (performance.now() - start) / 1000 / runs;
    const { lost, doubled, repeats } = outcome;
    print([nameOf(row), runs, lost, doubled, repeats, seconds.toFixed(1)]);
    lines.push({ row, runs, outcome });
  }
  await stage.clear();
  stages.delete(stage);
  speech.close();
  return lines;
}

function print([name = "", ...cells]: (string | number)[]): void {
  process.stdout.write(
    `${String(name).padEnd(34)}${cells.map((cell) => String(cell).padStart(16)).join("")}\n`,
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
