import type { Agent, StartedAgent } from "../agents/agents.ts";
import type { Decisions } from "../cards/decisions.ts";
import { crashPoint } from "../crash.ts";
import type { Delivery } from "../delivery/delivery.ts";
import type { SessionReader, SessionState } from "../opencode/session-reader.ts";
import type { Prompt } from "../prompts/prompt.ts";
import type { Prompts } from "../prompts/prompts.ts";
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
 * Brings an agent closer to what is wanted of it: reads its session, shows what that waits for, ends
 * a turn that is over, delivers the next prompt, ends what a stopped agent has left.
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
    const now = await reader.readSession(agent);
    await decisions.reconcile(agent, now.decisions);
    const prompt = await prompts.head(agent.name);
    if (prompt?.state === "running") return this.#follow(agent, prompt, now);
    // A prompt on its way may be a message already whose id is not known: it is looked for first.
    const isUnclear =
      prompt?.state !== "delivering" && (await turnEnds.reportUnasked(agent, now.busy));
    if (prompt?.state === "receiving") return this.#receive(prompt);
    if (prompt) return this.#deliver(agent, prompt, now);
    // Somebody may work in the terminal; its permissions and questions are shown here as well.
    if (now.busy) return { againInMs: safetyMs };
    return isUnclear ? { againInMs: unclearMs } : done;
  }

  /** A part that arrives in time still belongs to the prompt, so it is whole only after that. */
  async #receive({ id, receiveUntil = 0 }: Prompt): Promise<ReconcileResult> {
    const leftMs = receiveUntil - Date.now();
    // Where more is left than anything is received for, the clock was set back.
    if (leftMs > 0 && leftMs <= longestReceivingMs) return { againInMs: leftMs };
    await this.#options.prompts.endReceiving(id, receiveUntil);
    return { againInMs: 0 };
  }

  async #follow(agent: StartedAgent, prompt: Prompt, now: SessionState): Promise<ReconcileResult> {
    if (now.busy) return { againInMs: safetyMs };
    const isOver = await this.#options.turnEnds.finalize(agent, prompt);
    return { againInMs: isOver ? 0 : soonMs };
  }

  async #deliver(agent: StartedAgent, prompt: Prompt, now: SessionState): Promise<ReconcileResult> {
    const { decisions, delivery } = this.#options;
    const isOurs = prompt.sessionId === agent.sessionId;
    if (prompt.state === "delivering" && isOurs && (await delivery.recover(agent, prompt))) {
      return { againInMs: 0 };
    }
    // While a decision is pending nothing is delivered: keys could approve it.
    if (now.busy || now.decisions.length > 0) return { againInMs: safetyMs };
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
}
