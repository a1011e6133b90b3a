import { type Agent, type Agents, forgetSession, type StartedAgent } from "../agents/agents.ts";
import { closeCards } from "../cards/card-view.ts";
import { endings } from "../cards/cards.ts";
import { conversationFromKey } from "../chat/conversation.ts";
import type { AgentTerminals } from "../host/terminals.ts";
import type { Logger } from "../log.ts";
import type { Opencode } from "../opencode/client.ts";
import { isMissing } from "../opencode/errors.ts";
import { say } from "../outbox/say.ts";
import { endPrompt, openPrompts } from "../prompts/prompts.ts";
import type { Store, Transaction } from "../store/store.ts";

/** What the agents' sessions need. */
export interface SessionsOptions {
  store: Store;
  agents: Agents;
  client: Pick<Opencode, "abort" | "createSession" | "session" | "statuses">;
  terminals: Pick<AgentTerminals, "close" | "ensure">;
  /** `provider/model` and variant for new sessions; opencode's own when undefined. */
  newSession: { model: string | undefined; variant: string | undefined };
  log: Logger;
}

/** The opencode session and the terminal of each agent: created, replaced when lost, ended. */
export class Sessions {
  #options: SessionsOptions;
  #ending = new Map<string, Promise<void>>();

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /**
   * The agent with its session, which is created when it has none; undefined when the agent was
   * stopped meanwhile. The first session in a fresh configuration takes seconds.
   */
  async ensure(agent: Agent): Promise<StartedAgent | undefined> {
    const { agents, client, terminals, newSession, log } = this.#options;
    if (agent.sessionId !== undefined) return { ...agent, sessionId: agent.sessionId };
    const { id } = await client.createSession(agent.directory, agent.title, {
      yolo: agent.yolo,
      ...newSession,
    });
    if (!(await agents.setSession(agent.name, id, agent.title))) return undefined;
    const started = { ...agent, sessionId: id };
    // A terminal left from before would show another session.
    await terminals.close(agent.name);
    await terminals.ensure(started);
    log.info({ agent: agent.name, sessionId: id }, "agent started");
    return started;
  }

  /**
   * Ends the turn and the terminal that a stopped agent has left; the session stays in opencode's
   * history. Calls for the same session share one attempt. Safe to repeat after a crash.
   * @throws OpencodeUnreachable, OpencodeRefused when the turn could not be ended; try again.
   */
  end(agent: Agent): Promise<void> {
    const { sessionToEnd } = agent;
    if (sessionToEnd === undefined) return Promise.resolve();
    const running =
      this.#ending.get(sessionToEnd) ??
      this.#end(agent, sessionToEnd).finally(() => this.#ending.delete(sessionToEnd));
    this.#ending.set(sessionToEnd, running);
    return running;
  }

  /** Replaces a session that a refusal says is gone; every other fault is thrown on. */
  async replaceLost(agent: StartedAgent, error: unknown): Promise<void> {
    const { store, client, log } = this.#options;
    if (!isMissing(error)) throw error;
    // A proxy or another program in opencode's place knows no session either, and not this list.
    await client.statuses(agent.directory);
    const isThere = await client.session(agent.sessionId).then(
      () => true,
      (fault: unknown) => !isMissing(fault),
    );
    if (isThere) throw error;
    log.warn({ agent: agent.name, sessionId: agent.sessionId }, "opencode has lost a session");
    await store.write((transaction) => loseSession(transaction, agent));
  }

  async #end({ name, directory }: Agent, sessionId: string): Promise<void> {
    const { agents, client, terminals } = this.#options;
    const [aborted] = await Promise.allSettled([
      client.abort(sessionId, directory),
      terminals.close(name),
    ]);
    // A session that opencode no longer has needs no end.
    if (aborted.status === "rejected" && !isMissing(aborted.reason)) throw aborted.reason;
    await agents.sessionEnded(name, sessionId);
  }
}

/** The running prompt of a lost session has failed; waiting ones go to a new session. Their authors are
 * notified. */
async function loseSession(transaction: Transaction, agent: StartedAgent): Promise<void> {
  if (!(await forgetSession(transaction, agent.name, agent.sessionId))) return;
  await closeCards(transaction, agent.name, endings.replaced);
  const prompts = await openPrompts(transaction, agent.name);
  for (const { id, state } of prompts) {
    if (state === "running") await endPrompt(transaction, id, "failed");
  }
  for (const conversation of new Set(prompts.map((prompt) => prompt.conversation))) {
    const text =
      `opencode has lost the session of ${agent.name}; it continues in a new one without memory. ` +
      "Send again what it was working on.";
    await say(transaction, conversationFromKey(conversation), text);
  }
}
