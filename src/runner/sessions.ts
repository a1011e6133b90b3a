import {
  type Agent,
  type Agents,
  forgetSession,
  isInSession,
  type StartedAgent,
} from "../agents/agents.ts";
import { closeCards } from "../cards/card-view.ts";
import { conversationFromKey } from "../chat/conversation.ts";
import type { AgentTerminals } from "../host/terminals.ts";
import type { Logger } from "../log.ts";
import type { Opencode, PermissionRule, SessionInfo } from "../opencode/client.ts";
import { isMissing } from "../opencode/errors.ts";
import { say } from "../outbox/say.ts";
import { endPrompt, openPrompts } from "../prompts/prompts.ts";
import type { Store, Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";

/** What the agents' sessions need. */
export interface SessionsOptions {
  store: Store;
  agents: Agents;
  client: Pick<Opencode, "abort" | "allowEverything" | "createSession" | "session" | "statuses">;
  terminals: Pick<AgentTerminals, "close" | "ensure" | "rename">;
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
   * The agent with its session, which is created when it has none, and given its rules and terminal when
   * it was kept or resumed; undefined when the agent was stopped meanwhile. The first session in a fresh
   * configuration takes seconds.
   */
  async ensure(agent: Agent): Promise<StartedAgent | undefined> {
    await this.#takeTerminal(agent);
    if (agent.sessionId === undefined) return this.#create(agent);
    const started = { ...agent, sessionId: agent.sessionId };
    if (!agent.isOpened) return this.#open(started);
    return agent.areRulesDue ? this.#free(started) : started;
  }

  /**
   * Ends the turns and the terminal that an agent has left; the sessions stay in opencode's history. Calls for the same session share one attempt. Safe to repeat after a crash.
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

  /** Gives the terminal of an agent that was renamed its new name, unless it is another agent's by now. */
  async #takeTerminal({ name, formerName }: Agent): Promise<void> {
    const { agents, terminals } = this.#options;
    if (formerName === undefined) return;
    if (!(await agents.get(formerName))) await terminals.rename(formerName, name);
    await agents.terminalRenamed(name, formerName);
  }

  async #create(agent: Agent): Promise<StartedAgent | undefined> {
    const { agents, client, newSession, log } = this.#options;
    const { model, variant } = agent.choice ?? {};
    const { id } = await client.createSession(agent.directory, agent.title, {
      yolo: agent.yolo,
      ...(model === undefined ? newSession : { model, variant }),
    });
    if (!(await agents.setSession(agent.name, id, agent.title))) return undefined;
    const started = { ...agent, sessionId: id };
    await this.#show(started);
    log.info({ agent: agent.name, sessionId: id }, "agent started");
    return started;
  }

  /** Takes over a session as opencode has it now; what allows everything there is seen by everybody. */
  async #open(agent: StartedAgent): Promise<StartedAgent | undefined> {
    const { agents, log } = this.#options;
    const { name, sessionId } = agent;
    // Another agent has left it, and its turn is being ended: one that begins from here on is not.
    await this.#ending.get(sessionId)?.catch(() => undefined);
    const session = await this.#found(agent);
    if (!session) return this.#another(agent);
    const { title = agent.title, directory = agent.directory } = session;
    const isFree = await this.#setRules(agent, session);
    const opened = { ...agent, title, directory, yolo: agent.yolo || isFree, isOpened: true };
    await agents.opened(agent, opened);
    await this.#show(opened);
    log.info({ agent: name, sessionId, yolo: opened.yolo }, "agent continues");
    return opened;
  }

  /** Gives a session that runs the rule that allows everything; its terminal stays as it is. */
  async #free(agent: StartedAgent): Promise<StartedAgent | undefined> {
    const { agents, log } = this.#options;
    const session = await this.#found(agent);
    if (!session) return this.#another(agent);
    await this.#setRules(agent, session);
    await agents.rulesSet(agent, agent.sessionId);
    log.info({ agent: agent.name, sessionId: agent.sessionId }, "agent is in YOLO mode");
    return { ...agent, areRulesDue: false };
  }

  /** Adds the rule that allows everything where it is wanted; whether it was there. */
  async #setRules(
    { yolo, sessionId, directory: known }: StartedAgent,
    { permission = [], directory = known }: SessionInfo,
  ): Promise<boolean> {
    const isFree = allowsEverything(permission);
    if (yolo && !isFree) await this.#options.client.allowEverything(sessionId, directory);
    return isFree;
  }

  /** The agent in a new session, where that which it had is lost. */
  async #another({ name }: StartedAgent): Promise<StartedAgent | undefined> {
    const now = await this.#options.agents.get(name);
    return now?.state === "active" && now.sessionId === undefined ? this.#create(now) : undefined;
  }

  /** The session as opencode has it; undefined when it is lost, and the agent is to get another. */
  async #found(agent: StartedAgent): Promise<SessionInfo | undefined> {
    try {
      return await this.#options.client.session(agent.sessionId);
    } catch (error) {
      await this.replaceLost(agent, error);
      return undefined;
    }
  }

  /** A terminal left from before would show another session. */
  async #show(agent: StartedAgent): Promise<void> {
    const { store, terminals } = this.#options;
    const { name, sessionId } = agent;
    await terminals.close(name);
    await terminals.ensure(agent);
    // A stop meanwhile has closed the one before, and nobody would close this one.
    const isWanted = await store.read((transaction) => isInSession(transaction, name, sessionId));
    if (!isWanted) await terminals.close(name);
  }

  async #end(agent: Agent, sessionId: string): Promise<void> {
    const { agents, client, terminals } = this.#options;
    const { name, directory, endDirectory } = agent;
    // An attempt before may have ended it, and the agent may work in the same session again.
    if ((await agents.get(name))?.sessionToEnd !== sessionId) return;
    await this.#takeTerminal(agent);
    const [aborted] = await Promise.allSettled([
      client.abort(sessionId, endDirectory ?? directory),
      terminals.close(name),
    ]);
    // A session that opencode no longer has needs no end.
    if (aborted.status === "rejected" && !isMissing(aborted.reason)) throw aborted.reason;
    await agents.sessionEnded(name, sessionId);
    // One that it has left before, while opencode did not answer.
    const now = await agents.get(name);
    if (now) await this.end(now);
  }
}

/** Whether the last rule for everything allows it, and no later one asks or denies something. */
function allowsEverything(rules: readonly PermissionRule[]): boolean {
  const last = rules.findLast(({ action }) => action !== "allow");
  const after = last ? rules.slice(rules.indexOf(last) + 1) : rules;
  return after.some(({ permission, pattern }) => permission === "*" && pattern === "*");
}

/** The running prompt of a lost session has failed; waiting ones go to a new session. Their authors are
 * notified. */
async function loseSession(transaction: Transaction, agent: StartedAgent): Promise<void> {
  if (!(await forgetSession(transaction, agent.name, agent.sessionId))) return;
  await closeCards(transaction, agent.name, texts.cards.endings.replaced);
  const prompts = await openPrompts(transaction, agent.name);
  for (const { id, state } of prompts) {
    if (state === "running") await endPrompt(transaction, id, "failed");
  }
  for (const conversation of new Set(prompts.map((prompt) => prompt.conversation))) {
    const text = texts.agents.sessionLost({ agent: agent.name });
    await say(transaction, conversationFromKey(conversation), text);
  }
}
