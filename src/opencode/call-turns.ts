import type { Opencode, SessionMessage } from "./client.ts";
import { isMissing } from "./errors.ts";
import { textOf } from "./message-text.ts";
import type { SessionTree } from "./session-tree.ts";

/** A tool call, as opencode names it to a plugin and in a permission. */
export interface ToolCall {
  sessionId: string;
  /** Undefined when only the session is known. */
  callId: string | undefined;
}

/** What finding the turn of a call needs. */
export interface CallTurnsOptions {
  client: Pick<Opencode, "message" | "messages">;
  tree: Pick<SessionTree, "parentOf">;
}

type Holds = (part: SessionMessage["parts"][number]) => boolean;

const firstPage = 10;

/** Finds the messages that began the turn in which a tool call was made. */
export class CallTurns {
  #options: CallTurnsOptions;

  constructor(options: CallTurnsOptions) {
    this.#options = options;
  }

  /**
   * The user messages of the root session that may have begun the call's turn, the likeliest first;
   * none when opencode does not know the call. A subagent's calls belong to the turn of the `task` call
   * that gave it its work (opencode 1.18).
   * @throws OpencodeUnreachable
   */
  async *beginnings({ sessionId, callId }: ToolCall): AsyncGenerator<SessionMessage> {
    const parent = await this.#options.tree.parentOf(sessionId);
    const isCall: Holds = (part) => part.type === "tool" && part.callID === callId;
    if (parent === undefined) {
      yield* this.#beginningsOf(sessionId, await this.#holder(sessionId, isCall));
      return;
    }
    const call = callId === undefined ? undefined : await this.#holder(sessionId, isCall);
    yield* this.#ofTask(parent, sessionId, call?.info.time.created);
  }

  /**
   * The same for a turn that opencode began by itself with the result of a background task, which is in
   * message `asked`; none for any other turn.
   * @throws OpencodeUnreachable
   */
  async *behindTask(sessionId: string, asked: SessionMessage): AsyncGenerator<SessionMessage> {
    const subagent = subagentOf(asked);
    if (subagent !== undefined) yield* this.#ofTask(sessionId, subagent);
  }

  /** Those of the newest `task` call before `before` (milliseconds) that worked in session `child`. */
  async *#ofTask(
    sessionId: string,
    child: string,
    before = Infinity,
  ): AsyncGenerator<SessionMessage> {
    const task = await this.#holder(sessionId, (part) => {
      if (part.type !== "tool" || part.state.status === "pending") return false;
      return part.state.metadata?.["sessionId"] === child && part.state.time.start <= before;
    });
    const parent = await this.#options.tree.parentOf(sessionId);
    if (parent === undefined) yield* this.#beginningsOf(sessionId, task);
    else yield* this.#ofTask(parent, sessionId, task?.info.time.created);
  }

  async *#beginningsOf(
    sessionId: string,
    answer: SessionMessage | undefined,
  ): AsyncGenerator<SessionMessage> {
    if (answer?.info.role !== "assistant") return;
    const { parentID } = answer.info;
    const asked = await this.#options.client.message(sessionId, parentID);
    if (!asked) return;
    if (subagentOf(asked) !== undefined) {
      yield* this.behindTask(sessionId, asked);
      return;
    }
    yield asked;
    yield* this.#beforeSummary(sessionId, asked);
  }

  /**
   * When the context is full, opencode sums it up in the middle of a turn and goes on with a message of
   * its own, or with a copy of the prompt: then what stood before the summary began the turn.
   */
  async *#beforeSummary(sessionId: string, asked: SessionMessage): AsyncGenerator<SessionMessage> {
    let isEarlier = false;
    let isSummed = false;
    for await (const message of this.#newestFirst(sessionId)) {
      if (message.info.id === asked.info.id) isEarlier = true;
      else if (isEarlier && !isSummed) {
        if (message.info.role !== "assistant" || !message.info.summary) return;
        isSummed = true;
      } else if (isEarlier && message.info.role === "user" && textOf(message) !== "") {
        const isSame = textOf(asked) === "" || textOf(asked) === textOf(message);
        if (isSame) yield message;
        return;
      }
    }
  }

  /** The newest message with such a part; undefined when there is none. */
  async #holder(sessionId: string, holds: Holds): Promise<SessionMessage | undefined> {
    for await (const message of this.#newestFirst(sessionId)) {
      if (message.parts.some(holds)) return message;
    }
    return undefined;
  }

  /** The messages of a session, read in growing pages, since most calls are in the newest. */
  async *#newestFirst(sessionId: string): AsyncGenerator<SessionMessage> {
    const { client } = this.#options;
    let seen = 0;
    for (let limit = firstPage; ; limit *= 8) {
      const messages = await client.messages(sessionId, limit).catch((error: unknown) => {
        if (isMissing(error)) return [];
        throw error;
      });
      yield* messages.slice(0, messages.length - seen).toReversed();
      if (messages.length < limit) return;
      seen = messages.length;
    }
  }
}

/** The subagent whose result opencode wrote into the session when its background task was over. */
function subagentOf({ parts }: SessionMessage): string | undefined {
  const [part] = parts;
  if (part?.type !== "text" || !part.synthetic) return undefined;
  return /^<task id="(ses_\w+)"/.exec(part.text)?.[1];
}
