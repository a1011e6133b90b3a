import type { StartedAgent } from "../agents/agents.ts";
import { crashPoint } from "../crash.ts";
import type { Logger } from "../log.ts";
import type { Activity } from "../opencode/activity.ts";
import type { Opencode, SessionMessage } from "../opencode/client.ts";
import type { SessionReader } from "../opencode/session-reader.ts";
import { lastOfTurn, type TurnStatus, turnStatus } from "../opencode/turn-status.ts";
import type { Prompt } from "../prompts/prompt.ts";
import type { TurnEnd } from "./relay.ts";
import type { TurnReading, TurnReports } from "./turn-reports.ts";

/** Posts a prompt under the ids made with its row, which may be repeated; the api path does. */
export interface PromptPoster {
  post: (agent: StartedAgent, prompt: Prompt) => Promise<void>;
}

/** What ending turns needs. */
export interface TurnEndsOptions {
  reports: TurnReports;
  client: Pick<Opencode, "message" | "messages">;
  activity: Activity;
  poster: PromptPoster;
  sessions: SessionReader;
  log: Logger;
  /** Milliseconds within which opencode must be seen to work on a prompt it has. */
  startWithinMs?: number;
}

/** What was read, and from what. */
type Read<Status> = Status & { reading?: TurnReading };

// Steps of one turn that are read; only its last answer matters.
const messagesRead = 30;

/** Ends the turn of a running prompt once its session is idle, and sends what the operator is to receive. */
export class TurnEnds {
  #options: TurnEndsOptions;

  constructor(options: TurnEndsOptions) {
    this.#options = options;
  }

  /** Resolves to whether the turn is over; call it when the session was read as idle. */
  async finalize(agent: StartedAgent, prompt: Prompt): Promise<boolean> {
    const { reports, log } = this.#options;
    const end = await this.#endOf(agent, prompt);
    if (!end) return false;
    crashPoint("turn ended");
    await reports.ended(agent, prompt, end, end.reading);
    crashPoint("reply stored");
    log.info({ agent: agent.name, promptId: prompt.id, end: end.kind }, "turn ended");
    return true;
  }

  /**
   * Reports the turns of an idle session that no prompt began; see `TurnReports`. Resolves to whether
   * to call again soon.
   */
  reportUnasked(agent: StartedAgent, isBusy: boolean): Promise<boolean> {
    return this.#options.reports.unasked(agent, isBusy);
  }

  async #endOf(agent: StartedAgent, prompt: Prompt): Promise<Read<TurnEnd> | undefined> {
    const status = await this.#status(agent, prompt);
    if (isEnd(status)) return status;
    // Between a prompt and its first answer, and between two steps, a session may look idle.
    const next = await this.#change(agent, prompt);
    if (next !== "idle") return next === "busy" ? undefined : next;
    const still = await this.#status(agent, prompt);
    if (still.kind === "cut off") return still;
    return this.#startAgain(agent, prompt);
  }

  /**
   * A server that died before it asked the model has the prompt or lost it, and does nothing with it.
   * Posting again under the same ids changes nothing but that, since the prompt is the newest.
   */
  async #startAgain(agent: StartedAgent, prompt: Prompt): Promise<Read<TurnEnd> | undefined> {
    const { poster, client, log } = this.#options;
    log.warn(
      { agent: agent.name, promptId: prompt.id },
      "opencode has a prompt and does nothing; posting it again",
    );
    const message = await client.message(agent.sessionId, prompt.messageId);
    const partId = message?.parts[0]?.id ?? prompt.partId;
    await poster.post(agent, { ...prompt, partId });
    const next = await this.#change(agent, prompt);
    if (next === "idle") return { kind: "not taken" };
    return next === "busy" ? undefined : next;
  }

  /** Waits until the session works or the turn has ended; "idle" when neither happens in time. */
  async #change(agent: StartedAgent, prompt: Prompt): Promise<Read<TurnEnd> | "busy" | "idle"> {
    const { activity, sessions, startWithinMs = 5000 } = this.#options;
    const change = await activity.waitFor(
      agent.sessionId,
      async () => {
        if ((await sessions.readSession(agent)).busy) return "busy" as const;
        const status = await this.#status(agent, prompt);
        return isEnd(status) ? status : undefined;
      },
      { timeoutMs: startWithinMs, everyMs: 200 },
    );
    return change ?? "idle";
  }

  async #status(agent: StartedAgent, prompt: Prompt): Promise<Read<TurnStatus>> {
    const { client, activity } = this.#options;
    const mark = activity.turnMark(agent.sessionId);
    const statusIn = (read: SessionMessage[]) => ({
      ...turnStatus(read, prompt.messageId),
      reading: { mark, ...placeOf(read, prompt.messageId) },
    });
    const messages = await client.messages(agent.sessionId, messagesRead);
    const isListed = messages.some(({ info }) => info.id === prompt.messageId);
    if (isListed) return statusIn(messages);
    // A long turn pushes its prompt out of the newest messages; a lost one is nowhere.
    const message = await client.message(agent.sessionId, prompt.messageId);
    if (message) return turnStatus([message, ...messages], prompt.messageId);
    // Undone in the terminal, and something else was written: it is not to be run again.
    const { attemptedAt = 0 } = prompt;
    const isUndone = messages.some(
      ({ info }) => info.role === "user" && info.time.created > attemptedAt,
    );
    return isUndone ? { kind: "stopped", text: "" } : { kind: "missing" };
  }
}

function placeOf(messages: SessionMessage[], messageId: string): Omit<TurnReading, "mark"> {
  const at = messages.findIndex(({ info }) => info.id === messageId);
  const isFirst = at === 0 && messages.length < messagesRead;
  const lastId = lastOfTurn(messages, messageId)?.info.id;
  return {
    previousId: isFirst ? "none" : messages[at - 1]?.info.id,
    lastId,
    isNewest: lastId === messages.at(-1)?.info.id,
  };
}

function isEnd(
  status: Read<TurnStatus>,
): status is Read<Exclude<TurnEnd, { kind: "not taken" | "cut off" }>> {
  return ["finished", "rejected", "stopped", "failed"].includes(status.kind);
}
