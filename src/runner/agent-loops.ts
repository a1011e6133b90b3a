import type { Logger } from "../log.ts";
import { OpencodeUnreachable } from "../opencode/errors.ts";
import type { OpencodeEvent } from "../opencode/events.ts";
import { type Cards, endings } from "../cards/cards.ts";
import type { Activity } from "../opencode/activity.ts";
import type { AgentPass } from "./reconciler.ts";
import type { Agents } from "../agents/agents.ts";
import { Lane } from "./agent-loop.ts";
import type { Outage } from "./outage.ts";
import type { OpencodeServer } from "../host/opencode-server.ts";
import type { SessionTree } from "../opencode/session-reader.ts";

/** What the lanes are given. */
export interface LanesOptions {
  agents: Agents;
  agentPass: AgentPass;
  activity: Activity;
  cards: Cards;
  tree: SessionTree;
  server: OpencodeServer;
  outage: Outage;
  /** Called when something was added to the outbox. */
  owed: () => void;
  log: Logger;
}

// Events that change what a pass would do; the many others (text deltas) wake nobody.
const turning = new Set([
  "session.idle",
  "session.error",
  "session.status",
  "permission.asked",
  "permission.replied",
  "question.asked",
  "question.replied",
  "question.rejected",
]);

/** The lanes of all agents, woken by what opencode tells. */
export class Lanes {
  #options: LanesOptions;
  #lanes = new Map<string, Lane>();
  #stopped = false;

  constructor(options: LanesOptions) {
    this.#options = options;
  }

  /** Wakes the lane of one agent. */
  wake(name: string): void {
    if (this.#stopped) return;
    const { agentPass, server, outage, owed, log } = this.#options;
    const lane =
      this.#lanes.get(name) ??
      new Lane({
        name,
        pass: () => agentPass.run(name),
        failed: async (cause) => {
          const tell = async () => (await outage.goesOn(name)) && owed();
          const isDown = cause instanceof OpencodeUnreachable;
          await Promise.all([tell(), isDown && server.ensure()]);
        },
        log,
      });
    this.#lanes.set(name, lane);
    lane.wake();
  }

  /** Wakes every agent's lane: at the start, and after a gap in which anything may have happened. */
  async wakeAll(): Promise<void> {
    try {
      for (const { name } of await this.#options.agents.active()) this.wake(name);
    } catch (error) {
      this.#options.log.error({ err: error }, "the agents could not be read");
      for (const name of this.#lanes.keys()) this.wake(name);
    }
  }

  /** Hears an event of opencode: a hint at which agent's lane has something to do. */
  async hear(event: OpencodeEvent): Promise<void> {
    if (!("properties" in event)) return;
    const { sessionID } = event.properties as { sessionID?: unknown };
    if (typeof sessionID !== "string") return;
    this.#options.activity.tell(sessionID);
    if (!turning.has(event.type) || isBeginning(event)) return;
    await this.#closeCard(event);
    const root = await this.#options.tree.rootOf(sessionID);
    const agent = await this.#options.agents.bySession(root);
    if (agent) this.wake(agent.name);
  }

  /** Begins no more passes and resolves when those under way have ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#lanes.values()].map((lane) => lane.stop()));
  }

  /** A decision made in the terminal: only the event says which. */
  async #closeCard(event: OpencodeEvent): Promise<void> {
    if (event.type !== "permission.replied") return;
    const { requestID, reply } = event.properties;
    await this.#options.cards.closeUnanswered(requestID, `In the terminal: ${endings[reply]}`);
  }
}

// A turn that begins changes nothing for its lane, and opencode has enough to do then.
function isBeginning(event: OpencodeEvent): boolean {
  return event.type === "session.status" && event.properties.status.type !== "idle";
}
