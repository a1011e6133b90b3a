import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import type { ModelAnswer, ModelRequest } from "../../sandbox/model/server.ts";
import { Stage } from "../../sandbox/stage.ts";
import { readScreen } from "../../src/delivery/tui.ts";
import { PANE_FORMAT, parsePane } from "../../src/tmux/pane.ts";
import { texts as ours } from "../../src/texts/texts.ts";
import { wholePng } from "../../sandbox/picture.ts";
import { smallPdf } from "../support/pictures.ts";
import { spokenBytes } from "../support/speech-server.ts";
import { takeMigrationBack } from "../support/older-store.ts";
import { begun, botTexts, sent, settled, terminalReady, until } from "../support/stage.ts";
import { isShown, none, type Outcome, ofPrompt, ofText, sum } from "./outcome.ts";
import { type Answer, nameOf, type Path, type Row } from "./rows.ts";

const mostAttempts = 5;
// A point after the last word is reached within this time.
const aliveMs = 3000;
const freeWithinMs = 20_000;

/** The model of the crash runs: a prompt says itself how it is to be answered. */
export function crashModel({ prompt, toolResults }: ModelRequest): ModelAnswer {
  const [, answer, run] = /^(tool|five parts|relay) (.+)$/s.exec(writtenIn(prompt)) ?? [];
  if (answer === undefined || run === undefined) return { text: "ready" };
  if (answer === "relay") return { text: `relayed ${run}` };
  if (toolResults.length > 0) return { text: "" };
  const command = `send-telegram < "$PWD/${fileOf(run)}"`;
  return { tools: [{ name: "bash", arguments: { command, description: "answer" } }] };
}

/**
 * A stage whose runs take one path, with opencode and the agent's terminal up and Switchboard down. `speechUrl` is where
 * voice messages are heard and answers spoken.
 */
export async function crashStage(path: Path, speechUrl?: string): Promise<Stage> {
  const stage = await Stage.set({
    script: crashModel,
    env: { DELIVERY: path, VERBOSITY: "quiet", ...(speechUrl !== undefined && speech(speechUrl)) },
  });
  try {
    await stage.start();
    await terminalReady(stage);
    if (speechUrl !== undefined) {
      stage.telegram.operatorSends({ text: "/voice on" });
      await stage.telegram.shown(({ text }) => text === ours.voice.on);
      await sent(stage);
    }
    await stage.stop();
  } catch (error) {
    await stage.clear();
    throw error;
  }
  return stage;
}

function speech(url: string): Record<string, string> {
  const hearing = { STT_API_URL: url, STT_API_KEY: "sk-test", STT_MODEL: "whisper-1" };
  const speaking = { TTS_API_URL: url, TTS_API_KEY: "sk-test", TTS_MODEL: "tts-1" };
  return { ...hearing, ...speaking, TTS_VOICE: "alloy" };
}

/**
 * One run: the operator writes, Switchboard kills itself at the row's point and is started again;
 * when nothing is open any more, what was written and said is held against what the model and the
 * chat saw. A prompt that took the other path, since the terminal was not free after all, passed the
 * point by: it is held against the same measure, and the run begun anew. Rejects when a point is
 * never reached, or things do not come to rest.
 */
export async function crashRun(stage: Stage, row: Row, answer: Answer): Promise<Outcome> {
  let before = none;
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const { outcome, wasReached } = await attemptRun(stage, row, answer);
    before = sum(before, outcome);
    if (wasReached) return before;
  }
  throw new Error(`${nameOf(row)} was not reached`);
}

async function attemptRun(stage: Stage, row: Row, answer: Answer) {
  runs += 1;
  const run = `${row.point} ${row.path} ${runs}`;
  const prompt = `${answer} ${run}`;
  const words = wordsOf(answer, run);
  writeFileSync(join(stage.home, "work", fileOf(run)), words);
  if (row.path === "tmux") await terminalFree(stage);
  const slow = row.slowMs === undefined ? undefined : slowly(stage, row.slowMs);

  if (row.point === "migration") asOlderVersion(stage);
  const armed = { SWITCHBOARD_CRASH_AT: `${row.point}:${row.time}` };
  if (row.point === "migration") stage.launch(armed);
  else await stage.start(armed);
  const passedBy = new AbortController();
  const update_id = row.isSpoken
    ? operatorSpeaks(stage, prompt)
    : operatorWrites(stage, prompt, row.files);
  const end = await Promise.race([stage.ended(), restsAlive(stage, words, passedBy.signal)]);
  passedBy.abort();
  if (end === "rests") await stage.stop();
  else if (end !== "SIGKILL") throw new Error(`${nameOf(row)}: Switchboard ended with ${end}`);
  slow?.();

  await stage.start();
  await stage.telegram.acknowledged(update_id);
  await until(() => (isShown(words, botTexts(stage)) ? true : undefined), 60_000);
  if (row.isSpoken) await until(() => spoken(stage, words) || undefined);
  await settled(stage);
  await sent(stage);
  await stage.stop();
  const texts = botTexts(stage);
  // A prompt's turn must not be reported as somebody else's as well.
  const unasked = texts.filter((text) => text.includes("not asked from here")).length;
  const asked =
    row.files === undefined ? begun(stage, prompt) : begunWith(stage, prompt, row.files);
  const outcomes = [ofPrompt(asked), ofText(words, texts, 1)];
  if (row.isSpoken) outcomes.push(ofPrompt(spoken(stage, words)));
  const outcome = [...outcomes, { ...none, doubled: unasked }].reduce(sum);
  return { outcome, wasReached: end === "SIGKILL" };
}

const kinds = [
  { name: "a.png", bytes: wholePng(32, 32), kind: "photo" },
  { name: "b.pdf", bytes: smallPdf, kind: "document" },
] as const;

/** The operator writes a prompt, several files of which are an album; the id of its last update. */
function operatorWrites(stage: Stage, text: string, files = 0): number {
  const [first, ...rest] = kinds.slice(0, files);
  const album = files > 1 && { message: { media_group_id: text } };
  let last = stage.telegram.operatorSends({
    text,
    ...(first && { file: first }),
    ...album,
  }).update_id;
  for (const file of rest) last = stage.telegram.operatorSends({ file, ...album }).update_id;
  return last;
}

/** The operator says a prompt, and sends what was heard as soon as it is shown; the id of its update. */
function operatorSpeaks(stage: Stage, prompt: string): number {
  const { telegram } = stage;
  const file = { name: "file_1.oga", bytes: Buffer.from(prompt), kind: "voice" as const };
  const { update_id } = telegram.operatorSends({ file });
  const { heard, send } = ours.voice;
  // Telegram gives a press again whose update a kill left unanswered.
  void telegram
    .shown(({ text }) => text === `${heard}\n${prompt}`, { timeoutMs: 60_000 })
    .then(({ message_id: messageId }) => telegram.operatorPresses({ messageId, button: send }));
  return update_id;
}

/** How often the chat has a voice that says this. */
function spoken(stage: Stage, words: string): number {
  const isIt = ({ from, file }: { from: string; file?: { bytes: Buffer } | undefined }) =>
    from === "bot" && file?.bytes.equals(spokenBytes(words));
  return stage.telegram.chat().filter(isIt).length;
}

/** How often the model began on a prompt and was shown each of its files, once. */
function begunWith(stage: Stage, prompt: string, files: number): number {
  return stage.model.requests.filter((request) => {
    const shown = request.parts.filter(({ type }) => type !== "text").length;
    return writtenIn(request.prompt) === prompt && shown === files;
  }).length;
}

/** What the operator wrote in a prompt, without what is said of its files. */
function writtenIn(prompt: string): string {
  return prompt.split("\n\nFile `", 1)[0] ?? "";
}

/** Resolves when the run's words are shown and a while later Switchboard still lives. */
async function restsAlive(stage: Stage, words: string, signal: AbortSignal): Promise<"rests"> {
  while (!signal.aborted && !isShown(words, botTexts(stage))) await pause(100);
  await pause(aliveMs, undefined, { signal }).catch(() => undefined);
  return "rests";
}

/**
 * Resolves when the agent's terminal may be typed into, or does not become free by itself: a TUI that
 * lost its session is started anew by the next prompt, which then takes the other path.
 */
async function terminalFree(stage: Stage): Promise<void> {
  const target = "=default_agent:";
  const isFree = async () => {
    const state = await stage.tmux("display-message", "-p", "-t", target, PANE_FORMAT);
    const pane = parsePane(state.trimEnd());
    const text = await stage.tmux("capture-pane", "-p", "-t", target);
    const screen = pane && readScreen({ ...pane, text });
    return screen?.ready && screen.box.empty && pane?.title.startsWith("OC | ");
  };
  const deadline = Date.now() + freeWithinMs;
  while (!(await isFree()) && Date.now() < deadline) await pause(100);
}

let runs = 0;

function fileOf(run: string): string {
  return `${run.replaceAll(" ", "-")}.txt`;
}

function wordsOf(answer: Answer, run: string): string {
  if (answer === "relay") return `relayed ${run}`;
  if (answer === "tool") return `said ${run}`;
  const line = (n: number) => `${run}, line ${n}: ${"words ".repeat(15)}`.trim();
  return Array.from({ length: 160 }, (_, n) => line(n)).join("\n");
}

function slowly(stage: Stage, ms: number): () => void {
  return stage.telegram.fault({ method: "sendMessage", kind: "slow", ms, times: 1000 });
}

/** Takes the newest migration back, as if an older Switchboard had been stopped last. */
function asOlderVersion(stage: Stage): void {
  const database = new DatabaseSync(join(stage.env["DATA_DIR"] ?? "", "switchboard.sqlite"));
  takeMigrationBack(database);
  database.close();
}
