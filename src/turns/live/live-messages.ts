import { setTimeout as pause } from "node:timers/promises";
import { conversationFromKey } from "../../chat/conversation.ts";
import type { Logger } from "../../log.ts";
import type { EventStream, OpencodeEvent } from "../../opencode/events.ts";
import { laneOf, workingAgents } from "../../prompts/lane.ts";
import type { Prompt } from "../../prompts/prompt.ts";
import { workSignal } from "../../prompts/prompts.ts";
import { queueSignal } from "../../prompts/queue.ts";
import type { Store, Transaction } from "../../store/store.ts";
import type { LiveEdits } from "./live-edits.ts";
import { type LiveMessage, liveMessages } from "./live-table.ts";
import { type LiveSettings, type LiveTurn, repliedIn } from "./live-turn.ts";
import type { Drafts } from "./drafts.ts";
import { fold, foldMessages, newProgress } from "./turn-progress.ts";

/** What a conversation wants to see, read in a transaction. */
export type SettingsOf = (transaction: Transaction, conversation: string) => Promise<LiveSettings>;

/** What showing turns needs. */
export interface LiveMessagesOptions {
  store: Store;
  events: EventStream;
  edits: LiveEdits;
  drafts: Drafts;
  settingsOf: SettingsOf;
  log: Logger;
  /** Milliseconds; a turn that ends sooner has no live message. */
  showAfterMs?: number;
}

// How soon it is looked again whether something still waits for an operator.
const decisionMs = 500;
// opencode 1.18 stores what a turn changed a moment after it.
const endAfterMs = 250;

/**
 * Follows the turns that prompts began and shows them while they run: a live message for one that takes
 * longer than a moment, and a draft of the growing answer. A message's first and last state are in the
 * outbox, and a table tells which message lacks its last one, so after a crash the next start goes on.
 */
export class LiveMessages {
  #options: LiveMessagesOptions;
  /** By agent. */
  #turns = new Map<string, LiveTurn>();
  /** By session, those of subagents included. */
  #sessions = new Map<string, LiveTurn>();
  /** What is done for an agent, one piece of work after the other. */
  #underWay = new Map<string, Promise<void>>();
  #endings: (() => void)[] = [];
  #stopped = new AbortController();

  constructor(options: LiveMessagesOptions) {
    this.#options = options;
  }

  /** Goes on with what an earlier start has left, and begins to follow. */
  async start(): Promise<void> {
    const { store, events } = this.#options;
    for (const signal of [workSignal, queueSignal]) {
      this.#endings.push(store.on(signal, (agent) => agent !== undefined && this.#check(agent)));
    }
    const hear = (event: OpencodeEvent) => this.#hear(event);
    const catchUp = () => this.#catchUp();
    events.on("event", hear).on("open", catchUp);
    this.#endings.push(() => events.off("event", hear).off("open", catchUp));
    const [left, agents] = await store.read(async (transaction) => [
      await liveMessages(transaction),
      await workingAgents(transaction),
    ]);
    for (const name of agents) this.#compareSoon(name, left);
    for (const message of left.filter(({ agent }) => !agents.includes(agent))) {
      this.#run(message.agent, () => this.#options.edits.showEnd(message));
    }
  }

  /** Shows nothing more; what is stored is shown by the next start. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    for (const end of this.#endings) end();
    for (const turn of this.#turns.values()) {
      clearTimeout(turn.timer);
      clearTimeout(turn.draft.timer);
    }
    await Promise.all(this.#underWay.values());
  }

  /** A call of the outbox was sent; it may have made a live message. */
  sent(outboxId: number): void {
    for (const turn of this.#turns.values()) {
      if (turn.message?.outboxId === outboxId) this.#options.edits.want(turn);
    }
  }

  /** A message was sent to a chat, which has removed the drafts there. */
  messageSent(chatId: number): void {
    for (const turn of this.#turns.values()) {
      if (turn.conversation.chatId === chatId) this.#options.drafts.removed(turn);
    }
  }

  /** Resolves when what is under way for all agents has ended. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay.values());
  }

  get #isStopped(): boolean {
    return this.#stopped.signal.aborted;
  }

  #hear(event: OpencodeEvent): void {
    if (this.#sessions.size === 0 || !("properties" in event)) return;
    const { sessionID } = event.properties as { sessionID?: string };
    const turn = this.#sessions.get(sessionID ?? "") ?? this.#parentTurn(event);
    if (!turn) return;
    const change = fold(turn.progress, event);
    const { edits, drafts } = this.#options;
    if (change === "text") {
      const now = Date.now();
      turn.textAt = now;
      drafts.grew(turn);
      if (!drafts.isShowing(turn, now)) edits.want(turn);
      return;
    }
    if (event.type === "session.status" && sessionID === turn.progress.sessionId) {
      turn.isResting = event.properties.status.type === "idle";
    }
    if (change === "shown") edits.want(turn);
  }

  /** A session that a subagent of a turn is given. */
  #parentTurn(event: OpencodeEvent): LiveTurn | undefined {
    if (event.type !== "session.created") return undefined;
    const { id, parentID = "" } = event.properties.info;
    const turn = this.#sessions.get(parentID);
    if (turn) this.#sessions.set(id, turn);
    return turn;
  }

  #check(agent: string): void {
    const turn = this.#turns.get(agent);
    // Until it is known whether the turn is over, nothing may come behind its answer.
    if (turn) turn.isChecked = true;
    this.#compareSoon(agent);
  }

  #compareSoon(agent: string, left: LiveMessage[] = []): void {
    this.#run(agent, () => this.#compare(agent, left));
  }

  /** Runs work for an agent after what is under way for it. */
  #run(agent: string, work: () => Promise<void>): void {
    const before = this.#underWay.get(agent) ?? Promise.resolve();
    const now = before.then(work).catch((error: unknown) => {
      if (this.#isStopped) return;
      this.#options.log.error({ err: error, agent }, "a turn could not be shown");
    });
    this.#underWay.set(agent, now);
    void now.finally(() => {
      if (this.#underWay.get(agent) === now) this.#underWay.delete(agent);
    });
  }

  /** Compares what is shown of an agent with what it works on; `left` is what an earlier start showed. */
  async #compare(agent: string, left: LiveMessage[]): Promise<void> {
    if (this.#isStopped) return;
    const { store, settingsOf, edits } = this.#options;
    const current = this.#turns.get(agent);
    const { running, settings } = await store.read(async (transaction) => {
      const lane = await laneOf(transaction, agent, 0);
      const [first] = lane.running;
      const isKnown = lane.running.some(({ id }) => id === current?.promptId);
      if (!first || isKnown) return { running: lane.running, settings: undefined };
      return {
        running: lane.running,
        settings: await settingsOf(transaction, first.conversation),
      };
    });
    if (current && running.some(({ id }) => id === current.promptId)) {
      const isStopping = running.some(({ abortAt }) => abortAt !== undefined);
      const repliedAt = repliedIn(running);
      const isSame = isStopping === current.isStopping && repliedAt === current.repliedAt;
      Object.assign(current, { isStopping, repliedAt, isChecked: false });
      return isSame ? undefined : edits.want(current);
    }
    if (current) await this.#end(current);
    const shown = left.filter((message) => message.agent === agent);
    const before = shown.find(({ promptId }) => running.some(({ id }) => id === promptId));
    for (const message of shown.filter((one) => one !== before)) await edits.showEnd(message);
    const prompt = before ? running.find(({ id }) => id === before.promptId) : running[0];
    if (prompt?.sessionId === undefined || !settings) return;
    if (settings.verbosity === "quiet" && !before) return;
    await this.#begin(prompt, prompt.sessionId, settings, before);
  }

  async #begin(
    prompt: Prompt,
    sessionId: string,
    settings: LiveSettings,
    before: LiveMessage | undefined,
  ): Promise<void> {
    const { edits, drafts, showAfterMs = 1500 } = this.#options;
    const startedAt = before?.startedAt ?? prompt.attemptedAt ?? Date.now();
    const conversation = conversationFromKey(prompt.conversation);
    const turn: LiveTurn = {
      promptId: prompt.id,
      agent: prompt.agent,
      conversation,
      settings,
      progress: newProgress(sessionId, startedAt),
      textAt: 0,
      repliedAt: repliedIn([prompt]),
      isResting: false,
      isChecked: false,
      isStopping: false,
      isOver: false,
      message: before && (await edits.shownBefore(before)),
      draft: drafts.begin({ conversation, settings }),
      timer: undefined,
    };
    this.#turns.set(turn.agent, turn);
    this.#sessions.set(sessionId, turn);
    if (Date.now() - startedAt > showAfterMs) await this.#readAgain(turn);
    if (turn.message) return this.#tick(turn);
    const waitMs = Math.max(0, startedAt + showAfterMs - Date.now());
    this.#showIn(turn, Math.min(waitMs, showAfterMs));
  }

  #showIn(turn: LiveTurn, waitMs: number): void {
    turn.timer = setTimeout(() => {
      // A card that waits for an answer stays the newest message.
      if (turn.progress.decisions.size > 0) return this.#showIn(turn, decisionMs);
      this.#run(turn.agent, async () => {
        if (turn.isOver || this.#isStopped) return;
        if (await this.#options.edits.begin(turn)) this.#tick(turn);
      });
    }, waitMs);
  }

  /** The time that has passed is shown too, the less often the longer it is. */
  #tick(turn: LiveTurn): void {
    clearTimeout(turn.timer);
    if (turn.isOver || this.#isStopped) return;
    const { edits, drafts } = this.#options;
    edits.want(turn);
    drafts.keep(turn, Date.now());
    turn.timer = setTimeout(() => this.#tick(turn), edits.tickMs(turn, Date.now()));
  }

  async #end(turn: LiveTurn): Promise<void> {
    const { edits, drafts } = this.#options;
    turn.isOver = true;
    clearTimeout(turn.timer);
    this.#turns.delete(turn.agent);
    for (const [id, other] of this.#sessions) if (other === turn) this.#sessions.delete(id);
    await Promise.all([drafts.end(turn), edits.end(turn)]);
    const { message, promptId, agent, conversation, progress } = turn;
    if (!message) return;
    // What comes next of this agent does not wait for that.
    const { outboxId } = message;
    const { sessionId, startedAt } = progress;
    const left = {
      promptId,
      agent,
      sessionId,
      conversation: conversation.key,
      outboxId,
      startedAt,
    };
    this.#run(`${agent} ${promptId}`, async () => {
      await pause(endAfterMs, undefined, { signal: this.#stopped.signal });
      await edits.showEnd(left);
    });
  }

  /** What was not heard is read; what has changed since then is heard again. */
  #catchUp(): void {
    for (const turn of this.#turns.values()) {
      this.#run(turn.agent, async () => {
        if (!turn.isOver) await this.#readAgain(turn);
      });
    }
  }

  async #readAgain(turn: LiveTurn): Promise<void> {
    const { edits, log } = this.#options;
    try {
      foldMessages(turn.progress, await edits.newest(turn.progress.sessionId));
      edits.want(turn);
    } catch (error) {
      log.debug({ err: error, agent: turn.agent }, "a turn that runs could not be read");
    }
  }
}
