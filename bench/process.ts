import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { residentMb, startBare, startNode, startSwitchboard } from "./child.ts";
import { promptCost } from "./prompts.ts";
import { difference, type Figure } from "./report.ts";
import type { Extent, Scene } from "./scene.ts";
import { interleave, summarize } from "./stats.ts";

/** From the start of the process until `/readyz` is 200, with opencode up and the webhook known. */
export async function startFigure(scene: Scene, { quick }: Extent): Promise<Figure> {
  const { stage } = scene;
  await stage.stop();
  const { PATH = "", HOME = "", ...settings } = stage.env;
  const env = { PATH, HOME };
  const envFile = join(stage.home, "bench.env");
  const lines = Object.entries(settings).map(([name, value]) => `${name}='${value}'\n`);
  await writeFile(envFile, lines.join(""), { mode: 0o600 });
  const subject = async () => {
    const place = { env, url: `${stage.url}/readyz`, cwd: stage.home };
    const { child, readyMs } = await startSwitchboard(envFile, place);
    await pause(200);
    await child.end();
    return readyMs;
  };
  const floor = async () => {
    const { child, readyMs } = await startBare();
    await child.end();
    return readyMs;
  };
  const taken = await interleave(
    { subject, floor },
    quick ? { pairs: 1, warmUp: 1 } : { pairs: 20, warmUp: 2 },
  );
  return {
    name: "start",
    what: "start → ready, opencode already up",
    unit: "ms",
    measured: taken.measured,
    floor: { ...taken.floor, what: "a bare Fastify app, started the same way, answers" },
    compared: difference(taken.measured, taken.floor, "ms"),
    target: "p50 ≤ 700 ms",
    met: taken.measured.p50 <= 700,
  };
}

/** Resident memory with one agent, from a while after the start on, before the first message. */
export async function idleFigure(scene: Scene, { quick }: Extent): Promise<Figure> {
  await scene.restart();
  const bare = startNode();
  try {
    await pause(quick ? 1000 : 20_000);
    const samples: { measured: number[]; floor: number[] } = { measured: [], floor: [] };
    for (let second = 0; second < (quick ? 1 : 10); second += 1) {
      await pause(1000);
      samples.measured.push(residentMb(scene.stage.pid ?? 0));
      samples.floor.push(residentMb(bare.pid));
    }
    const [measured, floor] = [summarize(samples.measured), summarize(samples.floor)];
    return {
      name: "idle",
      what: "resident memory, idle with one agent",
      unit: "MB",
      measured,
      floor: { ...floor, what: "a bare Node that only waits, started the same way" },
      compared: difference(measured, floor, "MB"),
      target: "≤ 105 MB",
      met: measured.p50 <= 105,
      note: "Started by bin/switchboard, as npm start, the unit and the image are; no message yet.",
    };
  } finally {
    await bare.end();
  }
}

/** Resident memory at rest, after some prompts; no collection of garbage is forced. */
export async function memoryFigure(scene: Scene, { quick }: Extent): Promise<Figure> {
  await scene.restart();
  const { stage } = scene;
  const session = await scene.agentSession();
  const prompts = quick ? 1 : 10;
  for (let n = 0; n < prompts; n += 1) await promptCost(scene, session, "tmux");
  const { child, url } = await startBare();
  try {
    const headers = { "content-type": "application/json" };
    for (let n = 0; n < 5 * prompts; n += 1) {
      await (await fetch(url, { method: "POST", headers, body: '{"update_id":1}' })).text();
    }
    const samples: { measured: number[]; floor: number[] } = { measured: [], floor: [] };
    for (let second = 0; second < (quick ? 1 : 10); second += 1) {
      await pause(1000);
      samples.measured.push(residentMb(stage.pid ?? 0));
      samples.floor.push(residentMb(child.pid));
    }
    const [measured, floor] = [summarize(samples.measured), summarize(samples.floor)];
    return {
      name: "memory",
      what: "resident memory at rest",
      unit: "MB",
      measured,
      floor: { ...floor, what: "a bare Fastify app after some posts" },
      compared: difference(measured, floor, "MB"),
      target: "≤ 100 MB",
      met: measured.p50 <= 100,
      note: `After ${prompts} prompts; one process, read once a second.`,
    };
  } finally {
    await child.end();
  }
}
