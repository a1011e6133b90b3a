import { setTimeout as pause } from "node:timers/promises";
import type { Agents, StartedAgent } from "../agents/agents.ts";
import { conversationFromKey } from "../chat/conversation.ts";
import type { Logger } from "../log.ts";
import type { Activity } from "../opencode/activity.ts";
import { say } from "../outbox/say.ts";
import type { Lane } from "../prompts/lane.ts";
import type { Prompts } from "../prompts/prompts.ts";
import { abortSignal } from "../prompts/queue.ts";
import type { Store } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import { type AbortResult, type AbortWish, wishOf } from "./aborts.ts";
import type { TurnEnds } from "./turn-ends.ts";

/** What stopping turns at once needs. */
export interface StopperOptions {
  store: Store;
  agents: Pick<Agents, "get">;
  prompts: Pick<Prompts, "lane">;
  turnEnds: Pick<TurnEnds, "abort" | "reportAbort">;
  activity: Activity;
  log: Logger;
  /** Milliseconds without an answer of opencode after which operators are told. */
  tellAfterMs?: number;
  /** Milliseconds for which a prompt that is on its way is waited for; then it is the loop's. */
  arrivesWithinMs?: number;
}

/** What a stop came to: `unknown` while opencode does not answer; the agent's loop repeats it then. */
export type StopOutcome = AbortResult | "unknown";

/**
 * Aborts turns as soon as that is wanted, beside the agent's loop, which may wait for something else just
 * then: for a prompt that it delivers, or for a terminal. The loop does the same for what is left after a
 * crash or an outage, and reports how the turn ended.
 */
export class Stopper {
  #options: StopperOptions;
  #running = new Set<Promise<unknown>>();
  #isStopped = false;
  /** By agent the wish of which operators were told that it is fulfilled later. */
  #told = new Map<string, number>();

  constructor(options: StopperOptions) {
    this.#options = options;
  }

  /** Begins to listen. */
  start(): void {
    this.#options.store.on(abortSignal, (name) => {
      if (name === undefined || this.#isStopped) return;
      const work = this.end(name);
      this.#running.add(work);
      void work.finally(() => this.#running.delete(work));
    });
  }

  /** Begins nothing more and resolves when the aborts in hand are over. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#running);
  }

  /** Aborts the turn of an agent that operators want to end, if it still runs. Never throws. */
  async end(name: string): Promise<StopOutcome> {
    const { activity, arrivesWithinMs = 5000 } = this.#options;
    const ends = performance.now() + arrivesWithinMs;
    for (;;) {
      const { result, sessionId } = await this.#attempt(name);
      const isLeft = this.#isStopped || performance.now() > ends;
      if (result !== "pending" || sessionId === undefined || isLeft) return result;
      // It is seen as soon as opencode tells of it.
      await activity.waitFor(sessionId, onceHeard(), { timeoutMs: 200, everyMs: 200 });
    }
  }

  async #attempt(name: string): Promise<{ result: StopOutcome; sessionId?: string | undefined }> {
    const { tellAfterMs = 3000, log } = this.#options;
    const work = this.#abort(name).catch((error: unknown) => {
      log.info({ err: error, agent: name }, "a turn could not be stopped yet");
      return { result: "unknown" as const };
    });
    const isDone = new AbortController();
    const { signal } = isDone;
    const late = pause(tellAfterMs, undefined, { signal }).catch(() => undefined);
    const first = await Promise.race([work, late]);
    isDone.abort();
    if (first === undefined || first.result === "unknown") await this.#tell(name);
    return work;
  }

  async #abort(name: string) {
    const { turnEnds } = this.#options;
    let found: Found | undefined;
    const result = await turnEnds.abort(name, async () => (found = await this.#find(name)));
    const abort = found?.lane.abort;
    if (abort && result !== "pending") await turnEnds.reportAbort(name, abort, result);
    return { result, sessionId: found?.agent.sessionId };
  }

  /** What is wanted of the agent's turn by now. */
  async #find(name: string): Promise<Found | undefined> {
    const { agents, prompts } = this.#options;
    const [agent, lane] = await Promise.all([agents.get(name), prompts.lane(name)]);
    const wish = wishOf(lane);
    if (agent?.state !== "active" || agent.sessionId === undefined || !wish) return undefined;
    return { agent: { ...agent, sessionId: agent.sessionId }, wish, lane };
  }

  /** Says that the turn will be stopped, where that is wanted still. */
  async #tell(name: string): Promise<void> {
    const { store, log } = this.#options;
    try {
      const found = await this.#find(name);
      if (!found || this.#told.get(name) === found.wish.at) return;
      this.#told.set(name, found.wish.at);
      const { running, abort } = found.lane;
      const wanted = running.filter(({ abortAt }) => abortAt !== undefined);
      const keys = new Set(wanted.map(({ conversation }) => conversation));
      if (wanted.length === 0 && abort?.conversation !== undefined) keys.add(abort.conversation);
      await store.write(async (transaction) => {
        for (const key of keys) {
          const text = texts.queue.stopsLater({ agent: name });
          await say(transaction, conversationFromKey(key), text);
        }
      });
    } catch (error) {
      this.#told.delete(name);
      log.error({ err: error, agent: name }, "that a turn is stopped later could not be said");
    }
  }
}

interface Found {
  agent: StartedAgent;
  wish: AbortWish;
  lane: Lane;
}

/** For `waitFor`: finds something at the second look, which follows the first hint. */
function onceHeard(): () => Promise<true | undefined> {
  let isHeard = false;
  return async () => {
    if (isHeard) return true;
    isHeard = true;
    return undefined;
  };
}
