import { EventEmitter } from "node:events";
import type { Agent, Agents } from "../agents/agents.ts";
import type { OpencodeServer } from "../host/opencode-server.ts";
import type { Logger } from "../log.ts";
import { OpencodeUnreachable } from "../opencode/errors.ts";
import type { Coming } from "../opencode/http.ts";
import { AgentLoop } from "./agent-loop.ts";
import type { Outage } from "./outage.ts";
import type { ReconcileResult, Reconciler } from "./reconciler.ts";
import type { TerminalOutage } from "./terminal-outage.ts";

/** What the loops need. */
export interface AgentLoopsOptions {
  agents: Agents;
  reconciler: Reconciler;
  outage: Outage;
  terminalOutage: TerminalOutage;
  server: Pick<OpencodeServer, "ensure">;
  /** A server that is being started is waited for. */
  coming?: Coming;
  log: Logger;
}

/** What the loops tell. */
export interface LoopEvents {
  /** An agent was moved on without a failure. */
  reconciled: [name: string];
}

/** The loops of all agents. */
export class AgentLoops extends EventEmitter<LoopEvents> {
  #options: AgentLoopsOptions;
  #loops = new Map<string, AgentLoop>();
  /** What moves an agent now, by its id. */
  #runs = new Map<string, Promise<ReconcileResult>>();
  #isStopped = false;

  constructor(options: AgentLoopsOptions) {
    super();
    this.#options = options;
  }

  /** Wakes the loop of one agent. */
  wake(name: string): void {
    if (this.#isStopped) return;
    const loop =
      this.#loops.get(name) ??
      new AgentLoop({
        name,
        reconcile: () => this.#reconcile(name),
        onFailure: (error) => this.#recordFailure(name, error),
        log: this.#options.log,
      });
    this.#loops.set(name, loop);
    loop.wake();
  }

  /** Wakes every loop: at the start, and after a gap in which anything may have happened. */
  async wakeAll(): Promise<void> {
    try {
      for (const { name } of await this.#options.agents.unsettled()) this.wake(name);
    } catch (error) {
      this.#options.log.error({ err: error }, "the agents could not be read");
      for (const name of this.#loops.keys()) this.wake(name);
    }
  }

  /** Starts no new run and resolves when the current ones have ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...this.#loops.values()].map((loop) => loop.stop()));
  }

  /**
   * Moves an agent on. The loop of its former name may be in a run that began before the rename: what that
   * one leaves, such as a terminal of that name, has to be there when it is taken over.
   */
  async #reconcile(name: string): Promise<ReconcileResult> {
    const agent = await this.#options.agents.get(name);
    if (!agent) return { againInMs: undefined };
    const former = this.#runs.get(agent.id);
    if (former) {
      await former.catch(() => undefined);
      return { againInMs: 0 };
    }
    const run = this.#move(agent);
    this.#runs.set(agent.id, run);
    return run.finally(() => this.#runs.delete(agent.id));
  }

  async #move(agent: Agent): Promise<ReconcileResult> {
    const { reconciler, outage, terminalOutage, coming } = this.#options;
    const { name } = agent;
    await coming?.up();
    const result = await reconciler.reconcile(agent);
    if (result.terminal) await terminalOutage.record(name, result.terminal);
    await outage.recordSuccess(name);
    this.emit("reconciled", name);
    return result;
  }

  async #recordFailure(name: string, error: unknown): Promise<void> {
    const { outage, server } = this.#options;
    const isDown = error instanceof OpencodeUnreachable;
    await Promise.all([outage.recordFailure(name), isDown && server.ensure()]);
  }
}
