import { Stage } from "../../sandbox/stage.ts";
import type { CrashPoint } from "../../src/crash.ts";
import { begun, botTexts, sent, settled, terminalReady, until } from "../support/stage.ts";
import { FeederProcess } from "./feeder-process.ts";
import { isShown, none, type Outcome, ofPrompt, ofText, sum } from "./outcome.ts";
import { crashModel } from "./run.ts";

/** One row of the matrix where updates are pulled: who is killed, where, and at which of three updates. */
export interface PullRow {
  killed: "feeder" | "Switchboard";
  point: CrashPoint;
  time: number;
}

/** The rows: before, between and behind the updates of one poll. */
export const pullMatrix: readonly PullRow[] = [
  { killed: "feeder", point: "updates pulled", time: 1 },
  { killed: "feeder", point: "update posted", time: 1 },
  { killed: "feeder", point: "update posted", time: 3 },
  { killed: "Switchboard", point: "update stored", time: 2 },
  { killed: "Switchboard", point: "update answered", time: 2 },
];

/** What a row is called. */
export function pullName({ killed, point, time }: PullRow): string {
  return `${point} ${time}, ${killed} of a pull`;
}

/** A stage where updates are pulled, with opencode up and both programs down. */
export async function pullStage(): Promise<{ stage: Stage; feeder: FeederProcess }> {
  const stage = await Stage.set({
    script: crashModel,
    env: { DELIVERY: "api", VERBOSITY: "quiet", RECEIVE: "pull", PUBLIC_URL: "" },
  });
  const feeder = new FeederProcess(stage);
  try {
    feeder.launch();
    await stage.start();
    await terminalReady(stage);
    await Promise.all([feeder.stop(), stage.stop()]);
  } catch (error) {
    await feeder.stop("SIGKILL");
    await stage.clear();
    throw error;
  }
  return { stage, feeder };
}

/**
 * One run: the operator writes three messages, which one poll takes; one of the two programs kills itself
 * at the row's point and is started again. When nothing is open any more, what was written is held
 * against what the model and the chat saw; a message out of its order counts as lost.
 */
export async function pullRun(
  { stage, feeder }: { stage: Stage; feeder: FeederProcess },
  { killed, point, time }: PullRow,
): Promise<Outcome> {
  runs += 1;
  const own = [1, 2, 3].map((n) => `pull ${runs}.${n}`);
  const ids = own.map((name) => stage.telegram.operatorSends({ text: `relay ${name}` }).update_id);
  const armed = { SWITCHBOARD_CRASH_AT: `${point}:${time}` };
  const victim = killed === "feeder" ? feeder : stage;
  for (const program of [stage, feeder]) program.launch(program === victim ? armed : {});
  const end = await victim.ended();
  if (end !== "SIGKILL") throw new Error(`the ${killed} ended with ${end}`);

  victim.launch();
  await Promise.all(ids.map((id) => stage.telegram.acknowledged(id, { timeoutMs: 60_000 })));
  const answers = own.map((name) => `relayed ${name}`);
  const areShown = () => answers.every((text) => isShown(text, botTexts(stage)));
  await until(() => (areShown() ? true : undefined), 60_000);
  await settled(stage);
  await sent(stage);
  await Promise.all([feeder.stop(), stage.stop()]);

  const texts = botTexts(stage);
  const outcomes = [
    ...own.map((name) => ofPrompt(begun(stage, `relay ${name}`))),
    ...answers.map((text) => ofText(text, texts, killed === "feeder" ? 0 : 1)),
  ];
  const places = answers.map((text) => texts.findIndex((one) => one.startsWith(text)));
  const isOrdered = places.every((place, n) => n === 0 || place > (places[n - 1] ?? 0));
  return outcomes.reduce(sum, { ...none, lost: isOrdered ? 0 : 1 });
}

let runs = 0;
