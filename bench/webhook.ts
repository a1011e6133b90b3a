import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { execa } from "execa";
import { node, startBare } from "./child.ts";
import type { LoadOrder, LoadResult } from "./load.ts";
import { difference, type Figure, ratio } from "./report.ts";
import { type Extent, heldPrompt, type Scene, webhookSecret } from "./scene.ts";
import { type Summary, summarize } from "./stats.ts";

const loadScript = join(import.meta.dirname, "load.ts");
const drainDeadlineMs = 120_000;

interface Rounds {
  subject: LoadResult[];
  floor: LoadResult[];
}

/**
 * The webhook's acknowledgement. What is posted are messages of the operator, as many as are
 * answered in a second, and nothing is spared afterwards: each becomes a prompt that waits for an
 * agent whose turn does not end, and Switchboard works on that while it acknowledges the next.
 * The floor is a bare Fastify route that takes the same body.
 */
export async function webhookFigures(scene: Scene, { quick }: Extent): Promise<Figure[]> {
  await scene.restart();
  const { stage } = scene;
  const held = `${heldPrompt} ${scene.nextPrompt()}`;
  const { update } = stage.telegram.operatorSends({ text: held });
  await scene.modelAsked(held);
  const backlog = new Backlog(join(stage.env["DATA_DIR"] ?? "", "switchboard.sqlite"));
  const { child: bare, url: bareUrl } = await startBare();

  let updateId = 1_000_000;
  const order = {
    headers: { "x-telegram-bot-api-secret-token": webhookSecret },
    seconds: 1,
  };
  const measure = async (connections: number, rounds: number): Promise<Rounds> => {
    const taken: Rounds = { subject: [], floor: [] };
    for (let round = -1; round < rounds; round += 1) {
      const next = { ...order, connections, update: { ...update, update_id: updateId } };
      const floor = await load({ ...next, url: bareUrl });
      const subject = await load({ ...next, url: `${stage.url}/telegram/webhook` });
      updateId += subject.posted + 1;
      await backlog.drained();
      if (round < 0) continue;
      taken.floor.push(floor);
      taken.subject.push(subject);
    }
    return taken;
  };
  try {
    const rounds = quick ? 1 : 5;
    const one = await measure(1, rounds);
    const fifty = await measure(50, rounds);
    return [latencyFigure(one), throughputFigure(fifty)];
  } finally {
    backlog.close();
    await bare.end();
  }
}

function latencyFigure(rounds: Rounds): Figure {
  const measured = summarize(rounds.subject.flatMap(({ latencies }) => latencies));
  const floor = summarize(rounds.floor.flatMap(({ latencies }) => latencies));
  return {
    name: "webhook",
    what: "webhook acknowledgement, 1 connection",
    unit: "ms",
    measured,
    floor: { ...floor, what: "a bare Fastify route takes the same body" },
    compared: difference(measured, floor, "ms"),
    target: "p50 ≤ 2 ms",
    met: measured.p50 <= 2 && faults(rounds) === 0,
    note: noteOf(rounds),
  };
}

function throughputFigure(rounds: Rounds): Figure {
  const measured = throughput(rounds.subject);
  const floor = throughput(rounds.floor);
  return {
    name: "webhook",
    what: "webhook acknowledgement, 50 connections",
    unit: "req/s",
    measured,
    floor: { ...floor, what: "a bare Fastify route takes the same body" },
    compared: ratio(measured, floor),
    target: "≥ 0.35 × floor",
    met: measured.p50 >= 0.35 * floor.p50 && faults(rounds) === 0,
    note: noteOf(rounds),
  };
}

/** Of speeds, the 95th percentile is the one that 95 % of the rounds reach. */
function throughput(results: LoadResult[]): Summary {
  const { p50, p95, n } = summarize(results.map(({ perSecond }) => -perSecond));
  return { p50: -p50, p95: -p95, n };
}

function noteOf(rounds: Rounds): string {
  const { p50, p95 } = summarize(rounds.subject.flatMap(({ latencies }) => latencies));
  const posted = rounds.subject.reduce((sum, result) => sum + result.posted, 0);
  const latency = `answered in ${p50.toFixed(1)} ms (p95 ${p95.toFixed(1)})`;
  return `${posted} messages, ${latency}, ${faults(rounds)} faults; each becomes a waiting prompt.`;
}

function faults({ subject, floor }: Rounds): number {
  return [...subject, ...floor].reduce((sum, result) => sum + result.faults, 0);
}

async function load(order: LoadOrder): Promise<LoadResult> {
  const options = { env: { PATH: process.env["PATH"] ?? "" }, extendEnv: false };
  const { stdout } = await execa(node, [loadScript, JSON.stringify(order)], options);
  return JSON.parse(stdout) as LoadResult;
}

/** The updates that were acknowledged and are not handled yet. */
class Backlog {
  #database: DatabaseSync;

  constructor(file: string) {
    this.#database = new DatabaseSync(file, { readOnly: true });
  }

  /** Resolves once every update is handled. */
  async drained(): Promise<void> {
    const open = this.#database.prepare(
      "SELECT count(*) AS n FROM updates WHERE state IN ('pending', 'processing')",
    );
    const deadline = performance.now() + drainDeadlineMs;
    while (open.get()?.["n"] !== 0) {
      if (performance.now() > deadline) throw new Error("accepted updates are not handled in time");
      await pause(100);
    }
  }

  close(): void {
    this.#database.close();
  }
}
