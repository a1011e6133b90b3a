import { crashPoint } from "../crash.ts";
import type { Logger } from "../log.ts";
import type { OpencodeClient } from "../opencode/client.ts";
import { TmuxError } from "../tmux/tmux-error.ts";
import type { ApiPath } from "./api-path.ts";
import type { Path, Prompt, Prompts } from "./prompts.ts";
import type { StartedAgent } from "./terminals.ts";
import { isTypeable, type TmuxPath } from "./tmux-path.ts";

/** What delivery is given. */
export interface DeliveryOptions {
  prompts: Prompts;
  client: OpencodeClient;
  tmuxPath: TmuxPath;
  apiPath: ApiPath;
  /** The path tried first. */
  first: Path;
  log: Logger;
}

/**
 * Brings a prompt to opencode exactly once. Each attempt is noted before anything leaves, so that
 * after a crash it is known where to look for the prompt before anything is sent again.
 */
export class Delivery {
  #options: DeliveryOptions;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /**
   * Delivers a prompt to an idle session that waits for no decision, and notes it as running.
   * @throws when opencode cannot be reached; the prompt stays as it is and may be delivered again.
   */
  async deliver(agent: StartedAgent, prompt: Prompt): Promise<void> {
    const { prompts, apiPath, log } = this.#options;
    const isFresh = prompt.state === "queued";
    const typedId = isFresh ? await this.#type(agent, prompt) : undefined;
    const messageId = typedId ?? prompt.messageId;
    if (typedId === undefined) {
      await prompts.attempt(prompt.id, { path: "api", sessionId: agent.sessionId });
      await apiPath.deliver(agent, prompt, isFresh);
    }
    crashPoint("before delivered");
    await prompts.delivered(prompt.id, messageId);
    const path = typedId === undefined ? "api" : "tmux";
    log.info({ agent: agent.name, promptId: prompt.id, path }, "prompt delivered");
  }

  /**
   * Looks for a prompt whose delivery was cut short. Resolves to true when opencode has it, which
   * is then noted; to false when it has not, and what was typed cannot be submitted any more.
   */
  async recover(agent: StartedAgent, prompt: Prompt): Promise<boolean> {
    const { prompts, client, tmuxPath } = this.#options;
    const isApi = prompt.path === "api";
    const found = isApi
      ? await client.message(agent.sessionId, prompt.messageId)
      : ((await tmuxPath.seen(agent, prompt)) ?? (await tmuxPath.withdraw(agent, prompt)));
    const messageId = typeof found === "object" ? wholeId(found) : found;
    if (messageId === undefined) return false;
    await prompts.delivered(prompt.id, messageId);
    return true;
  }

  async #type(agent: StartedAgent, prompt: Prompt): Promise<string | undefined> {
    const { prompts, client, tmuxPath, first, log } = this.#options;
    if (first === "api" || !isTypeable(prompt.text)) return undefined;
    const [paneId, newest] = await Promise.all([
      this.#guard(agent),
      client.messages(agent.sessionId, 1),
    ]);
    if (paneId === undefined) return undefined;
    const attempt = {
      path: "tmux" as const,
      sessionId: agent.sessionId,
      afterMessageId: newest.at(-1)?.info.id,
    };
    await prompts.attempt(prompt.id, attempt);
    try {
      return await tmuxPath.type(agent, { ...prompt, ...attempt }, paneId);
    } catch (error) {
      if (!(error instanceof TmuxError)) throw error;
      log.warn({ err: error, agent: agent.name }, "the terminal failed while typing");
      return tmuxPath.withdraw(agent, { ...prompt, ...attempt });
    }
  }

  async #guard(agent: StartedAgent): Promise<string | undefined> {
    try {
      return await this.#options.tmuxPath.guard(agent);
    } catch (error) {
      if (!(error instanceof TmuxError)) throw error;
      this.#options.log.warn({ err: error, agent: agent.name }, "the terminal cannot be used");
      return undefined;
    }
  }
}

function wholeId(message: { info: { id: string }; parts: unknown[] }): string | undefined {
  return message.parts.length > 0 ? message.info.id : undefined;
}
