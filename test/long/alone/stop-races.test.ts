import { test } from "tap";
import type { ModelAnswer, ModelRequest } from "../../../sandbox/model/server.ts";
import { setTimeout as pause } from "node:timers/promises";
import { operatorOf } from "../commands/operator.ts";
import { newId } from "../../../src/opencode/ids.ts";
import { cancelPrompts } from "../../../src/prompts/prompts.ts";
import { answersTo, queueOf } from "../../support/stage-queue.ts";
import { begun, opencodeClient, stackMissing, startStage } from "../../support/stage.ts";

const rounds = 30;
// From before the end of the turn until the next one runs.
const earliestMs = -160;
const stepMs = 8;

test(
  "a stop that meets the end of its turn never ends the next one",
  { skip: stackMissing() },
  async (t) => {
    const gates = new Map<string, () => void>();
    const script = async ({ prompt }: ModelRequest): Promise<ModelAnswer> => {
      const [, name] = /^wait for (\S+)$/.exec(prompt) ?? [];
      if (name === undefined) return { text: `answer to ${prompt}`, hold: 150 };
      return {
        text: `done with ${prompt}`,
        hold: new Promise((go) => gates.set(name, () => go(0))),
      };
    };
    const env = { JOIN_MS: "0", DELIVERY: "api" };
    const stage = await startStage(t, { script, env });
    const { telegram } = stage;
    const { find, write, rests } = queueOf(stage);
    const { writes } = operatorOf(stage);
    const outcomes = { stopped: 0, ended: 0 };
    for (let round = 0; round < rounds; round += 1) {
      const [name, next] = [`race${round}`, `next ${round}`];
      telegram.operatorSends({ text: `wait for ${name}` });
      await stage.model.seen(({ prompt }) => prompt === `wait for ${name}`);
      await find(`wait for ${name}`, "running");
      const { message_id: messageId } = await writes("/working", /^default_agent has been working/);
      await write(next);
      const since = telegram.mark();
      const offsetMs = earliestMs + round * stepMs;
      const end = () => gates.get(name)?.();
      const stop = () => telegram.operatorPresses({ messageId, button: "Stop" });
      await Promise.all([
        pause(Math.max(0, -offsetMs)).then(end),
        pause(Math.max(0, offsetMs)).then(stop),
      ]);
      const first = await find(`wait for ${name}`, "done", "failed");
      if (first.state === "failed") {
        const shown = await telegram.shown(({ text }) => text.includes("Turn stopped."), { since });
        t.match(shown.text, /1 message waits/, `${offsetMs} ms`);
        t.equal(begun(stage, next), 0, "it is held");
        telegram.operatorPresses({ messageId: shown.message_id, button: "Continue" });
        outcomes.stopped += 1;
      } else {
        outcomes.ended += 1;
      }
      await find(next, "done");
      await rests();
      t.same(answersTo(stage, next), [`answer to ${next}`], `${offsetMs} ms: ${first.state}`);
      t.equal(begun(stage, next), 1);
    }
    t.comment(`${outcomes.stopped} stopped, ${outcomes.ended} had ended`);
    t.ok(outcomes.stopped > 0 && outcomes.ended > 0, "both sides of the end were met");
  },
);

test("a stop reaches opencode within a second under load", { skip: stackMissing() }, async (t) => {
  const busy = 30;
  const waiting = 200;
  const script = ({ prompt }: ModelRequest): ModelAnswer =>
    prompt.startsWith("stream")
      ? { pieces: Array<string>(6000).fill("word "), everyMs: 100 }
      : { text: `answer to ${prompt}` };
  const stage = await startStage(t, { script, env: { JOIN_MS: "0", DELIVERY: "api" } });
  const { telegram } = stage;
  const { find, use } = queueOf(stage);
  const { writes } = operatorOf(stage);
  const client = opencodeClient(stage);
  const directory = stage.env["WORKSPACE_DIR"] ?? "";
  const settings = { yolo: true, model: undefined, variant: undefined };
  for (let n = 1; n < busy; n += 1) {
    const { id } = await client.createSession(directory, `busy ${n}`, settings);
    const ids = { messageId: newId("msg"), partId: newId("prt") };
    const mode = { agent: undefined, model: undefined, variant: undefined };
    await client.prompt(id, directory, { ...ids, ...mode, text: `stream ${n}` });
  }
  const number = async (sql: string, ...values: string[]) =>
    (await use((transaction) => transaction.get<{ n: number }>(sql, ...values)))?.n ?? 0;
  // Telegram itself delivers a few at a time.
  const receivedAt = () =>
    number("SELECT max(received_at) AS n FROM updates WHERE lane LIKE '% urgent'");
  const taken: { own: number; reading: number }[] = [];
  const floors: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const name = `stream mine ${round}`;
    telegram.operatorSends({ text: name });
    await stage.model.seen(({ prompt }) => prompt === name);
    await find(name, "running");
    const { message_id: messageId } = await writes("/working", /^default_agent has been working/);
    const sessions = Object.keys(await client.statuses(directory)).length;
    if (round > 0) t.equal(sessions, busy);
    for (let n = 0; n < waiting; n += 1) telegram.operatorSends({ text: `behind ${round} ${n}` });
    const since = telegram.mark();
    telegram.operatorPresses({ messageId, button: "Stop" });
    await telegram.shown(({ text }) => text.includes("Turn stopped."), { since });
    const line = stage.logLines.findLast((one) => one.includes("aborting a turn")) ?? "{}";
    const asked = (JSON.parse(line) as { time: number }).time;
    const wanted = await number("SELECT abort_at AS n FROM prompts WHERE text = ?", name);
    taken.push({ own: wanted - (await receivedAt()), reading: asked - wanted });
    const start = performance.now();
    await client.messages(Object.keys(await client.statuses(directory))[0] ?? "", 10);
    floors.push(Math.round(performance.now() - start) / 2);
    // Nothing of it is for the next round.
    await find(`behind ${round} ${waiting - 1}`, "receiving", "queued", "done");
    await use((transaction) => cancelPrompts(transaction, "default_agent"));
  }
  t.comment(`${busy} sessions busy, ${waiting} updates before the press`);
  t.comment(`press received → it is wanted: ${taken.map(({ own }) => own).join(", ")} ms`);
  t.comment(`→ opencode is asked: ${taken.map(({ reading }) => reading).join(", ")} ms`);
  t.comment(`one request to opencode then: ${floors.join(", ")} ms`);
  // What opencode needs to say which turn runs is its own.
  t.ok(taken.every(({ own }) => own < 1000));
});
