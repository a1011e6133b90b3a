import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent, get } from "node:http";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "../sandbox/port.ts";

const root = join(import.meta.dirname, "..");
/** What starts Switchboard everywhere. */
const launcher = join(root, "bin", "switchboard");
// What is measured beside it runs with the same settings of Node.
const flags = readFileSync(launcher, "utf8").match(/(?<= )--max-\S+/g) ?? [];
const settings = {
  NODE_COMPILE_CACHE: join(root, "node_modules/.cache/bench"),
  MALLOC_ARENA_MAX: "1",
  MALLOC_MMAP_THRESHOLD_: "32768",
  MALLOC_TRIM_THRESHOLD_: "1048576",
};
/** The node that npm scripts run on, so that a floor runs on the same one as Switchboard. */
export const node = join(root, "node_modules", ".bin", "node");

/** A node process of ours that answers HTTP on loopback. */
export class Child {
  #process: ChildProcess;

  constructor(process: ChildProcess) {
    this.#process = process;
  }

  /** Its process id. */
  get pid(): number {
    if (this.#process.pid === undefined) throw new Error("the process could not be started");
    return this.#process.pid;
  }

  /** Ends it and resolves when it is gone. */
  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill("SIGTERM");
    await once(this.#process, "exit");
  }
}

/** Where a process runs and when it counts as started. */
interface Place {
  /** The whole environment. */
  env: Record<string, string>;
  /** Answers 200 once it has started. */
  url: string;
  cwd?: string;
}

/**
 * Starts Switchboard as `npm start` does and resolves when it answers, with the milliseconds that took. The
 * settings of `envFile` are read by Node.
 */
export function startSwitchboard(
  envFile: string,
  place: Place,
): Promise<{ child: Child; readyMs: number }> {
  return started(launcher, [`--env-file=${envFile}`], place);
}

async function started(
  program: string,
  args: string[],
  { env, url, cwd = root }: Place,
): Promise<{ child: Child; readyMs: number }> {
  const start = performance.now();
  const child = spawn(program, args, { env: { ...env, ...settings }, cwd, stdio: "ignore" });
  await answers(url, child);
  return { child: new Child(child), readyMs: performance.now() - start };
}

/** Starts a Node that only waits: the floor of every process. */
export function startNode(): Child {
  const args = [...flags, "-e", "setInterval(() => undefined, 60_000)"];
  return new Child(spawn(node, args, { env: settings, stdio: "ignore" }));
}

/** Starts the floor of everything HTTP: Fastify with one bare route, in a process of its own. */
export async function startBare(): Promise<{ child: Child; readyMs: number; url: string }> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const env = { PATH: process.env["PATH"] ?? "", PORT: String(port) };
  const args = [...flags, join(root, "bench/bare.mjs")];
  return { ...(await started(node, args, { env, url })), url };
}

/** Resident memory of a process now, in MB of 1024 × 1024 bytes (Linux, /proc). */
export function residentMb(pid: number): number {
  const kb = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  if (kb === undefined) throw new Error(`no resident memory is known of process ${pid}`);
  return Number(kb) / 1024;
}

// A connection that is refused costs the starting process nothing, so it is asked every 2 ms.
async function answers(url: string, child: ChildProcess): Promise<void> {
  const agent = new Agent({ keepAlive: true });
  const deadline = performance.now() + 30_000;
  try {
    while (performance.now() < deadline && child.exitCode === null) {
      if ((await statusOf(url, agent)) === 200) return;
      await pause(2);
    }
  } finally {
    agent.destroy();
  }
  child.kill("SIGKILL");
  throw new Error(`a process that was to be measured does not answer at ${url}`);
}

function statusOf(url: string, agent: Agent): Promise<number> {
  return new Promise((resolve) => {
    const request = get(url, { agent }, (response) => {
      response.resume();
      response.once("end", () => resolve(response.statusCode ?? 0));
      response.once("error", () => resolve(0));
    });
    request.once("error", () => resolve(0));
  });
}
