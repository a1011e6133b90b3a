import { crashPoint } from "../crash.ts";
import type { Activity } from "../opencode/activity.ts";
import type { ApiPath } from "../delivery/api-path.ts";
import type { Prompt } from "../prompts/prompt.ts";
import type { SessionState } from "../opencode/session-reader.ts";
import type { StartedAgent } from "../host/terminals.ts";
import type { Logger } from "../log.ts";
import type { OpencodeClient } from "../opencode/client.ts";
import type { Store } from "../store/store.ts";
import { conversationFromKey } from "../chat/conversation.ts";
import { endTurn, type ReplyMode, type TurnEnd } from "./relay.ts";
import { standOf, type TurnStand } from "../opencode/turn-status.ts";

/** What is needed to end turns. */
export interface TurnEndsOptions {
  store: Store;
  client: OpencodeClient;
  activity: Activity;
  apiPath: ApiPath;
  state: (agent: StartedAgent) => Promise<SessionState>;
  mode: ReplyMode;
  log: Logger;
  /** Milliseconds within which opencode must be seen to work on a prompt it has. */
  startWithinMs?: number;
}

// Steps of one turn that are read; only its last answer matters.
const messagesRead = 30;

/** Ends the turn of a running prompt once its session is idle, and sends what the operator is owed. */
export class TurnEnds {
  #options: TurnEndsOptions;

  constructor(options: TurnEndsOptions) {
    this.#options = options;
  }

  /** Resolves to whether the turn is over; call it when the session was read as idle. */
  async settle(agent: StartedAgent, prompt: Prompt): Promise<boolean> {
    const { store, mode, log } = this.#options;
    const end = await this.#endOf(agent, prompt);
    if (!end) return false;
    const where = conversationFromKey(prompt.conversation);
    crashPoint("turn ended");
    await store.writeBehind((transaction) => endTurn(transaction, { prompt, end, where, mode }));
    crashPoint("reply owed");
    log.info({ agent: agent.name, promptId: prompt.id, end: end.kind }, "turn ended");
    return true;
  }

  async #endOf(agent: StartedAgent, prompt: Prompt): Promise<TurnEnd | undefined> {
    const stand = await this.#stand(agent, prompt);
    if (isEnd(stand)) return stand;
    // Between a prompt and its first answer, and between two steps, a session may look idle.
    const next = await this.#change(agent, prompt);
    if (next !== "idle") return next === "busy" ? undefined : next;
    const still = await this.#stand(agent, prompt);
    if (still.kind === "cut off") return still;
    return this.#startAgain(agent, prompt);
  }

  /**
   * A server that died before it asked the model has the prompt, or lost it, and does nothing.
   * Posting again under the same ids changes nothing but that, since the prompt is the newest.
   */
  async #startAgain(agent: StartedAgent, prompt: Prompt): Promise<TurnEnd | undefined> {
    const { apiPath, client, log } = this.#options;
    log.warn({ agent: agent.name, promptId: prompt.id }, "opencode has a prompt and rests; again");
    const message = await client.message(agent.sessionId, prompt.messageId);
    const partId = message?.parts[0]?.id ?? prompt.partId;
    await apiPath.post(agent, { ...prompt, partId });
    const next = await this.#change(agent, prompt);
    if (next === "idle") return { kind: "not taken" };
    return next === "busy" ? undefined : next;
  }

  /** Waits until the session works or the turn has ended; "idle" when neither happens in time. */
  async #change(agent: StartedAgent, prompt: Prompt): Promise<TurnEnd | "busy" | "idle"> {
    const { activity, state, startWithinMs = 5000 } = this.#options;
    const change = await activity.until(
      agent.sessionId,
      async () => {
        if ((await state(agent)).busy) return "busy" as const;
        const stand = await this.#stand(agent, prompt);
        return isEnd(stand) ? stand : undefined;
      },
      { timeoutMs: startWithinMs, everyMs: 200 },
    );
    return change ?? "idle";
  }

  async #stand(agent: StartedAgent, prompt: Prompt): Promise<TurnStand> {
    const { client } = this.#options;
    const messages = await client.messages(agent.sessionId, messagesRead);
    const isListed = messages.some(({ info }) => info.id === prompt.messageId);
    if (isListed) return standOf(messages, prompt.messageId);
    // A long turn pushes its prompt out of the newest messages; a lost one is nowhere.
    const message = await client.message(agent.sessionId, prompt.messageId);
    if (message) return standOf([message, ...messages], prompt.messageId);
    // Undone in the terminal, and something else was written: it is not to be run again.
    const { attemptedAt = 0 } = prompt;
    const isUndone = messages.some(
      ({ info }) => info.role === "user" && info.time.created > attemptedAt,
    );
    return isUndone ? { kind: "stopped" } : { kind: "missing" };
  }
}

function isEnd(stand: TurnStand): stand is Exclude<TurnEnd, { kind: "not taken" | "cut off" }> {
  return ["finished", "rejected", "stopped", "failed"].includes(stand.kind);
}
