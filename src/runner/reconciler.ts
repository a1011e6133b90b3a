import { crashPoint } from "../crash.ts";
import type { Logger } from "../log.ts";
import type { OpencodeClient } from "../opencode/client.ts";
import { OpencodeRefused } from "../opencode/errors.ts";
import { say } from "../outbox/say.ts";
import { conversationFromKey } from "../chat/conversation.ts";
import { type Cards, endingOf, endings } from "../cards/cards.ts";
import type { TurnEnds } from "../turns/turn-ends.ts";
import type { Agent, Agents } from "../agents/agents.ts";
import type { Delivery } from "../delivery/delivery.ts";
import type { PassResult } from "./agent-loop.ts";
import type { Outage } from "./outage.ts";
import type { Prompt } from "../prompts/prompt.ts";
import type { Prompts } from "../prompts/prompts.ts";
import type { SessionState } from "../opencode/session-reader.ts";
import type { StartedAgent, Terminals } from "../host/terminals.ts";

/** What a pass works with. */
export interface AgentPassOptions {
  agents: Agents;
  prompts: Prompts;
  cards: Cards;
  delivery: Delivery;
  turnEnds: TurnEnds;
  outage: Outage;
  terminals: Terminals;
  client: OpencodeClient;
  state: (agent: StartedAgent) => Promise<SessionState>;
  /** Called when something was added to the outbox. */
  owed: () => void;
  /** `provider/model` and variant for new sessions; opencode's own when undefined. */
  model: string | undefined;
  variant: string | undefined;
  log: Logger;
}

// Events wake a lane; these are only how long it takes when one is lost.
const safetyMs = 5000;
// Long enough for opencode to have asked the model.
const afterDeliveryMs = 1000;
const soonMs = 250;
const done: PassResult = { againInMs: undefined };

/** One pass over an agent: reads what is, shows what waits, ends the turn that is over, delivers the next prompt. */
export class AgentPass {
  #options: AgentPassOptions;

  constructor(options: AgentPassOptions) {
    this.#options = options;
  }

  /** Moves the agent's lane on, once. */
  async run(name: string): Promise<PassResult> {
    const { agents, outage, owed } = this.#options;
    const known = await agents.get(name);
    if (known?.state !== "active") return done;
    const agent = await this.#started(known);
    if (!agent) return done;
    const result = await this.#move(agent).catch((error: unknown) => this.#lost(agent, error));
    if (await outage.isOver(name)) owed();
    return result;
  }

  async #move(agent: StartedAgent): Promise<PassResult> {
    const { prompts, cards, state, owed } = this.#options;
    const { name } = agent;
    const now = await state(agent);
    await cards.sync(name, now.decisions);
    await this.#passOnAnswers(agent, now);
    if (now.decisions.length > 0) await this.#tellToWait(name);
    owed();
    const prompt = await prompts.head(name);
    // Somebody works in the terminal; what that asks is shown here as well.
    if (!prompt) return now.busy ? { againInMs: safetyMs } : done;
    if (prompt.state === "running") return this.#follow(agent, prompt, now);
    return this.#deliver(agent, prompt, now);
  }

  /** Whether a refusal means that opencode no longer has the session; every other fault is thrown on. */
  async #lost(agent: StartedAgent, error: unknown): Promise<PassResult> {
    const { agents, client, owed, log } = this.#options;
    if (!isMissing(error)) throw error;
    // A proxy or another program in opencode's place knows no session either, and not this list.
    await client.statuses(agent.directory);
    const isThere = await client.session(agent.sessionId).then(
      () => true,
      (fault: unknown) => !isMissing(fault),
    );
    if (isThere) throw error;
    log.warn({ agent: agent.name, sessionId: agent.sessionId }, "opencode has lost a session");
    await agents.loseSession(agent.name, agent.sessionId);
    owed();
    return { againInMs: 0 };
  }

  /** The agent with its session; undefined when it was stopped while that was made. */
  async #started(agent: Agent): Promise<StartedAgent | undefined> {
    const { agents, client, terminals, model, variant, log } = this.#options;
    if (agent.sessionId !== undefined) return { ...agent, sessionId: agent.sessionId };
    const { id } = await client.createSession(agent.directory, agent.title, {
      yolo: agent.yolo,
      model,
      variant,
    });
    if (!(await agents.setSession(agent.name, id, agent.title))) return undefined;
    const started = { ...agent, sessionId: id };
    // A terminal left from before would show another session.
    await terminals.end(agent.name);
    await terminals.ensure(started);
    log.info({ agent: agent.name, sessionId: id }, "agent started");
    return started;
  }

  async #passOnAnswers(agent: StartedAgent, { decisions }: SessionState): Promise<void> {
    const { cards, client } = this.#options;
    for (const { requestId, answer } of await cards.answered(agent.name)) {
      if (!decisions.some(({ id }) => id === requestId)) continue;
      const isTaken = await stillWaiting(() => {
        if (answer.kind === "permission") {
          return client.answerPermission(requestId, agent.directory, answer.reply);
        }
        if (answer.kind === "dismissal") return client.rejectQuestion(requestId, agent.directory);
        return client.answerQuestion(requestId, agent.directory, answer.answers);
      });
      await cards.close(requestId, isTaken ? endingOf(answer) : endings.elsewhere);
    }
  }

  async #follow(agent: StartedAgent, prompt: Prompt, now: SessionState): Promise<PassResult> {
    if (now.busy) return { againInMs: safetyMs };
    const isOver = await this.#options.turnEnds.settle(agent, prompt);
    // The next pass may fail before it gets to this.
    if (isOver) this.#options.owed();
    return { againInMs: isOver ? 0 : soonMs };
  }

  async #deliver(agent: StartedAgent, prompt: Prompt, now: SessionState): Promise<PassResult> {
    const { delivery } = this.#options;
    const isOurs = prompt.sessionId === agent.sessionId;
    if (prompt.state === "delivering" && isOurs && (await delivery.recover(agent, prompt))) {
      return { againInMs: 0 };
    }
    if (now.busy) return { againInMs: safetyMs };
    await delivery.deliver(agent, prompt);
    crashPoint("turn running");
    return { againInMs: afterDeliveryMs };
  }

  async #tellToWait(name: string): Promise<void> {
    await this.#options.prompts.tellToWait(name, (transaction, prompt) => {
      const where = conversationFromKey(prompt.conversation);
      say(transaction, where, `${name} waits for your decision first; then it gets this.`);
    });
  }
}

/** Whether a request took its answer; false when it was decided or gone before. */
async function stillWaiting(answer: () => Promise<void>): Promise<boolean> {
  try {
    await answer();
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof OpencodeRefused && error.status === 404;
}
