import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent, get } from "node:http";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "../sandbox/port.ts";

const root = join(import.meta.dirname, "..");
// As `npm start` starts it.
const flags = ["--max-semi-space-size=8"];
const cache = { NODE_COMPILE_CACHE: join(root, "node_modules/.cache/bench") };
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

/**
 * Starts a script of this repository and resolves when `url` answers 200, with the milliseconds
 * that took. `env` is the whole environment; the settings of `envFile` are read by Node, as in production.
 */
export async function startChild(
  script: string,
  options: { env: Record<string, string>; url: string; cwd?: string; envFile?: string },
): Promise<{ child: Child; readyMs: number }> {
  const { env, url, cwd = root, envFile } = options;
  const args = [...flags, ...(envFile ? [`--env-file=${envFile}`] : []), join(root, script)];
  const start = performance.now();
  const child = spawn(node, args, { env: { ...env, ...cache }, cwd, stdio: "ignore" });
  await answers(url, child);
  return { child: new Child(child), readyMs: performance.now() - start };
}

/** Starts the floor of everything HTTP: Fastify with one bare route, in a process of its own. */
export async function startBare(): Promise<{ child: Child; readyMs: number; url: string }> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const env = { PATH: process.env["PATH"] ?? "", PORT: String(port) };
  return { ...(await startChild("bench/bare.mjs", { env, url })), url };
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
