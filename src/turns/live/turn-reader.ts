import type { Activity } from "../../opencode/activity.ts";
import type { Catalog } from "../../opencode/catalog.ts";
import type { Opencode, SessionMessage } from "../../opencode/client.ts";
import { sessionChanges } from "../../opencode/diffs.ts";
import { toolsIn } from "../../opencode/last-tool.ts";
import { SessionMessages } from "../../opencode/messages.ts";
import { isAnswer, lastOfTurn, type TurnStatus } from "../../opencode/turn-status.ts";
import { type Usage, usageOf } from "../../opencode/usage.ts";
import type { Prompt } from "../../prompts/prompt.ts";
import { readStatus } from "../turn-readings.ts";

/** What reading turns needs. */
export interface TurnReaderOptions {
  client: Pick<Opencode, "message" | "messages">;
  activity: Activity;
  catalog: Pick<Catalog, "providers">;
}

/** What a turn came to. */
export interface TurnSummary {
  status: TurnStatus["kind"];
  /** `provider/model` of its last answer; undefined when the model was not asked. */
  model: string | undefined;
  /** When it ended; milliseconds since the epoch, undefined where opencode does not tell. */
  endedAt: number | undefined;
  /** With its subagents. */
  usage: Usage;
  files: { count: number; additions: number; deletions: number };
  hasTodos: boolean;
}

const newest = 5;
const newestOfSubagent = 100;

/** Reads of opencode what a live message shows and events do not tell. */
export class TurnReader {
  #options: TurnReaderOptions;
  #messages: SessionMessages;

  constructor(options: TurnReaderOptions) {
    this.#options = options;
    this.#messages = new SessionMessages(options.client, options.activity);
  }

  /** The newest messages of a session, oldest first. */
  newest(sessionId: string): Promise<SessionMessage[]> {
    return this.#options.client.messages(sessionId, newest);
  }

  /** Tokens that a model (`provider/model`) takes; undefined where opencode does not know. */
  async contextLimit(directory: string, model: string): Promise<number | undefined> {
    const providers = await this.#options.catalog.providers(directory);
    const provider = providers.find(({ id }) => model.startsWith(`${id}/`));
    return provider?.models[model.slice(provider.id.length + 1)]?.limit?.context || undefined;
  }

  /** What the turn that a prompt began came to; undefined when opencode does not have its message. */
  async summary(prompt: Prompt): Promise<TurnSummary | undefined> {
    const { sessionId, messageId } = prompt;
    if (sessionId === undefined) return undefined;
    const [asked, later] = await Promise.all([
      this.#options.client.message(sessionId, messageId),
      this.#messages.after(sessionId, messageId),
    ]);
    if (!asked) return undefined;
    const messages = turnOf([asked, ...later], messageId);
    const last = messages.findLast(isAnswer);
    const tools = messages.flatMap(toolsIn);
    return {
      status: readStatus(messages, prompt).status.kind,
      model: last && `${last.info.providerID}/${last.info.modelID}`,
      endedAt: last?.info.time.completed,
      usage: usageOf(messages, await this.#delegated(messages)).session,
      files: filesOf(messages),
      hasTodos: tools.some(({ tool }) => tool === "todowrite"),
    };
  }

  /** The messages of the subagents that a turn called. */
  #delegated(messages: SessionMessage[]): Promise<SessionMessage[][]> {
    const sessions = messages
      .flatMap(({ parts }) => parts)
      .flatMap((part) => {
        const id =
          part.type === "tool" && part.tool === "task" && "metadata" in part.state
            ? part.state.metadata?.["sessionId"]
            : undefined;
        return typeof id === "string" ? id : [];
      });
    const { client } = this.#options;
    return Promise.all([...new Set(sessions)].map((id) => client.messages(id, newestOfSubagent)));
  }
}

function turnOf(messages: SessionMessage[], messageId: string): SessionMessage[] {
  const end = lastOfTurn(messages, messageId);
  return end ? messages.slice(0, messages.indexOf(end) + 1) : messages;
}

function filesOf(messages: SessionMessage[]): TurnSummary["files"] {
  const changes = sessionChanges(messages);
  const sum = (of: "additions" | "deletions") =>
    changes.reduce((total, change) => total + change[of], 0);
  return { count: changes.length, additions: sum("additions"), deletions: sum("deletions") };
}
