import type { StartedAgent } from "../agents/agents.ts";
import { crashPoint } from "../crash.ts";
import type { Activity } from "../opencode/activity.ts";
import type { Opencode, PromptMode, SessionMessage } from "../opencode/client.ts";
import { OpencodeUnreachable } from "../opencode/errors.ts";
import type { Prompt } from "../prompts/prompt.ts";
import type { ModeOptions, PromptModes } from "./prompt-mode.ts";

/** What the api path needs. */
export interface ApiPathOptions {
  client: Pick<Opencode, "message" | "prompt">;
  activity: Activity;
  modes: Pick<PromptModes, "of">;
  /** Milliseconds until a posted prompt must be readable; a cold server takes seconds. */
  storedWithinMs?: number;
}

/**
 * Delivers a prompt by `POST /session/{id}/prompt_async` under the ids made with its row.
 * opencode 1.18 answers 204 before it has stored the message, so only reading it back is proof;
 * and a post repeated after a newer message would run the model again, so it is read back first.
 */
export class ApiPath {
  #options: ApiPathOptions;

  constructor(options: ApiPathOptions) {
    this.#options = options;
  }

  /**
   * Delivers the prompt; resolves once opencode is seen to have it, whole.
   * @throws OpencodeUnreachable when that is not seen in time: deliver it again later.
   */
  async deliver(
    agent: StartedAgent,
    prompt: Prompt,
    { isFirst, mode }: { isFirst: boolean; mode: PromptMode },
  ): Promise<void> {
    const { client, activity, storedWithinMs = 15_000 } = this.#options;
    if (!isFirst && (await this.#isStored(agent, prompt))) return;
    await this.post(agent, prompt, mode);
    crashPoint("after post");
    const stored = await activity.waitFor(
      agent.sessionId,
      async () => isWhole(await client.message(agent.sessionId, prompt.messageId)) || undefined,
      { timeoutMs: storedWithinMs, everyMs: 50, firstAfterMs: activity.acceptLatencyMs },
    );
    if (!stored) throw new OpencodeUnreachable("with the prompt that was posted");
  }

  /** Posts the prompt; harmless while its message is the newest of the session, or unknown there. */
  async post(agent: StartedAgent, prompt: Prompt, mode?: PromptMode): Promise<void> {
    const { client } = this.#options;
    await client.prompt(agent.sessionId, agent.directory, {
      messageId: prompt.messageId,
      partId: prompt.partId,
      text: prompt.text,
      ...(mode ?? (await this.modeOf(agent))),
    });
  }

  /** As which agent of opencode, and by which model, a prompt of this session runs. */
  modeOf(agent: StartedAgent, options?: ModeOptions): Promise<PromptMode> {
    return this.#options.modes.of(agent, options);
  }

  async #isStored(agent: StartedAgent, prompt: Prompt): Promise<boolean> {
    return isWhole(await this.#options.client.message(agent.sessionId, prompt.messageId));
  }
}

// A server killed at the wrong moment leaves a message without parts; posting again heals it.
function isWhole(message: SessionMessage | undefined): boolean {
  return message !== undefined && message.parts.length > 0;
}
