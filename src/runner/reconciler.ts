import type { Agent, StartedAgent } from "../agents/agents.ts";
import type { Decisions } from "../cards/decisions.ts";
import { crashPoint } from "../crash.ts";
import { PromptDropped } from "../delivery/api-path.ts";
import type { Delivery } from "../delivery/delivery.ts";
import type { SessionReader, SessionState } from "../opencode/session-reader.ts";
import type { Lane } from "../prompts/lane.ts";
import type { Prompt } from "../prompts/prompt.ts";
import type { Prompts } from "../prompts/prompts.ts";
import { mayJoin } from "../prompts/queue.ts";
import { wishOf } from "../turns/aborts.ts";
import type { TurnEnds } from "../turns/turn-ends.ts";
import type { Sessions } from "./sessions.ts";

/** The result of reconciling. */
export interface ReconcileResult {
  /** In how many milliseconds to do it again without a signal, if at all. */
  againInMs: number | undefined;
  /** Whether the terminal could be used for a prompt of this conversation, if it was needed. */
  terminal?: { conversation: string; works: boolean };
}

/** What the reconciler needs. */
export interface ReconcilerOptions {
  prompts: Prompts;
  reader: SessionReader;
  sessions: Sessions;
  decisions: Decisions;
  turnEnds: TurnEnds;
  delivery: Delivery;
  /** Milliseconds after which a command of the shell is stopped. */
  shellLimitMs: number;
}

// Events wake the loop; this is only how long it takes when one is lost.
const safetyMs = 5000;
// Long enough for opencode to have asked the model.
const afterDeliveryMs = 1000;
const soonMs = 250;
// A turn that no prompt began may only seem to have stopped.
const unclearMs = 1000;
// More than `JOIN_MS` may be.
const longestReceivingMs = 60_000;
const done: ReconcileResult = { againInMs: undefined };

/**
 * Brings an agent closer to what is wanted of it: reads its session, shows what that waits for, aborts or
 * ends a turn, delivers the next prompt, or one that is sent now, ends what a stopped agent has left.
 */
export class Reconciler {
  #options: ReconcilerOptions;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  /**
   * Moves an agent on, once.
   * @throws when opencode cannot be used; nothing is lost, so try again later.
   */
  async reconcile(known: Agent): Promise<ReconcileResult> {
    const { sessions } = this.#options;
    await sessions.end(known);
    if (known.state !== "active") return done;
    const agent = await sessions.ensure(known);
    if (!agent) return done;
    try {
      return await this.#move(agent);
    } catch (error) {
      await sessions.replaceLost(agent, error);
      return { againInMs: 0 };
    }
  }

  async #move(agent: StartedAgent): Promise<ReconcileResult> {
    const { prompts, reader, decisions, turnEnds } = this.#options;
    // It may end the turn that would be read.
    await turnEnds.abortsSettled(agent.name);
    const readLane = () => prompts.lane(agent.name);
    if (await turnEnds.finalizeAtRest(agent, readLane)) return { againInMs: 0 };
    // A prompt that comes while everything rests is not kept waiting. Whether a turn of ours has ended is read.
    const trustsEvents = (await readLane()).running.length === 0;
    const now = await reader.readSession(agent, { trustsEvents });
    await decisions.reconcile(agent, now.decisions);
    const lane = await readLane();
    if (await this.#abort(agent, lane, now)) return { againInMs: 0 };
    const onItsWay = lane.running.find(({ state }) => state === "delivering");
    if (onItsWay) return this.#deliver(agent, onItsWay, now, lane);
    if (lane.running.length > 0) return this.#follow(agent, lane, now);
    // A prompt on its way may be a message already whose id is not known: it is looked for first.
    const isUnclear = await turnEnds.reportUnasked(agent, now.busy);
    const next = nextOf(lane);
    if (next?.state === "receiving") return this.#receive(next);
    if (next) return this.#deliver(agent, next, now, lane);
    // Somebody may work in the terminal; its permissions and questions are shown here as well.
    if (now.busy) return { againInMs: safetyMs };
    return isUnclear ? { againInMs: unclearMs } : done;
  }

  /** Aborts the turn that an operator wants to end; whether the session has to be read again. */
  async #abort(agent: StartedAgent, lane: Lane, now: SessionState): Promise<boolean> {
    const { turnEnds } = this.#options;
    if (await turnEnds.abortsSettled(agent.name)) return true;
    const overdue = lane.running.filter((prompt) => this.#leftMs(prompt) <= 0);
    const wish = wishOf(lane, overdue);
    if (!wish) return false;
    const find = async () => ({ agent, wish });
    const result = now.busy ? await turnEnds.abort(agent.name, find) : "over";
    // A wish of before a prompt began is no longer about what runs.
    const isOver = result !== "pending" || lane.running.length > 0;
    if (lane.abort && isOver) await turnEnds.reportAbort(agent.name, lane.abort, result);
    return result === "stopped";
  }

  /** A part that arrives in time still belongs to the prompt, so it is whole only after that. */
  async #receive({ id, receiveUntil }: Prompt): Promise<ReconcileResult> {
    // What is said in it is being heard; that wakes the loop when it is known.
    if (receiveUntil === undefined) return { againInMs: safetyMs };
    const leftMs = receiveUntil - Date.now();
    // Where more is left than anything is received for, the clock was set back.
    if (leftMs > 0 && leftMs <= longestReceivingMs) return { againInMs: leftMs };
    const state = await this.#options.prompts.endReceiving(id, receiveUntil);
    // Files wake the loop when they are there.
    return { againInMs: state === "loading" ? safetyMs : 0 };
  }

  async #follow(agent: StartedAgent, lane: Lane, now: SessionState): Promise<ReconcileResult> {
    const { running, waiting } = lane;
    if (!now.busy) {
      const isOver = await this.#options.turnEnds.finalize(agent, running);
      return { againInMs: isOver ? 0 : soonMs };
    }
    const next = lane.isHeld ? undefined : waiting[0];
    if (!next?.isSentNow || !mayJoin(next, running)) {
      return { againInMs: Math.min(safetyMs, ...running.map((prompt) => this.#leftMs(prompt))) };
    }
    return next.state === "receiving" ? this.#receive(next) : this.#deliver(agent, next, now, lane);
  }

  async #deliver(
    agent: StartedAgent,
    prompt: Prompt,
    now: SessionState,
    { isHeld }: Lane,
  ): Promise<ReconcileResult> {
    const { delivery, turnEnds } = this.#options;
    const isOurs = prompt.sessionId === agent.sessionId;
    if (prompt.state === "delivering" && isOurs && (await delivery.recover(agent, prompt))) {
      return { againInMs: 0 };
    }
    // A command takes a turn of its own.
    const isSentNow = prompt.isSentNow && prompt.kind === "text";
    // While a decision is pending nothing is delivered: keys could approve it.
    if ((now.busy && !isSentNow) || now.decisions.length > 0) return { againInMs: safetyMs };
    if (isHeld) return done;
    // From here on a turn may begin that nobody wanted to abort.
    if (await turnEnds.abortsSettled(agent.name)) return { againInMs: 0 };
    if (prompt.kind !== "text") return this.#run(agent, prompt);
    try {
      return await this.#post(agent, prompt, now);
    } catch (error) {
      if (!(error instanceof PromptDropped)) throw error;
      await turnEnds.reportNotSent(prompt, "unreadable");
      return { againInMs: 0 };
    }
  }

  async #post(agent: StartedAgent, prompt: Prompt, now: SessionState): Promise<ReconcileResult> {
    const { decisions, delivery } = this.#options;
    if (now.busy) {
      await delivery.deliver(agent, prompt, { isSentNow: true });
      crashPoint("turn running");
      return { againInMs: afterDeliveryMs };
    }
    let use = await delivery.deliver(agent, prompt);
    if (use === "asks") {
      // The session rests, so what is asked is left over; its dialog may still be drawn.
      await decisions.rejectLeftovers(agent);
      use = await delivery.deliver(agent, prompt, { isInsisted: true });
    }
    crashPoint("turn running");
    if (use !== "works" && use !== "fails") return { againInMs: afterDeliveryMs };
    const { conversation } = prompt;
    return { againInMs: afterDeliveryMs, terminal: { conversation, works: use === "works" } };
  }

  async #run(agent: StartedAgent, prompt: Prompt): Promise<ReconcileResult> {
    const { delivery, turnEnds } = this.#options;
    const reason = await delivery.run(agent, prompt);
    crashPoint("turn running");
    if (reason === undefined) return { againInMs: afterDeliveryMs };
    await turnEnds.reportNotSent(prompt, reason);
    return { againInMs: 0 };
  }

  /** Milliseconds that a prompt may still run; without end unless it is a command of the shell. */
  #leftMs({ kind, state, attemptedAt = 0 }: Prompt): number {
    if (kind !== "shell" || state !== "running") return Infinity;
    return attemptedAt + this.#options.shellLimitMs - Date.now();
  }
}

/** The prompt that is delivered once the session rests. */
function nextOf({ running, waiting, isHeld }: Lane): Prompt | undefined {
  return running.length > 0 || isHeld ? undefined : waiting[0];
}
