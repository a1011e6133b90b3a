import { setTimeout as pause } from "node:timers/promises";
import type { StartedAgent } from "../agents/agents.ts";
import { crashPoint } from "../crash.ts";
import type { Activity } from "../opencode/activity.ts";
import type { Opencode, PromptMode, SessionMessage } from "../opencode/client.ts";
import { OpencodeUnreachable } from "../opencode/errors.ts";
import type { StoredParts } from "../opencode/stored-parts.ts";
import type { Prompt } from "../prompts/prompt.ts";
import type { PromptContents } from "../uploads/prompt-contents.ts";
import type { ModeOptions, PromptModes } from "./prompt-mode.ts";

/** What the api path needs. */
export interface ApiPathOptions {
  client: Pick<Opencode, "message" | "messages" | "prompt">;
  activity: Activity;
  /** Without it each prompt is read back. */
  storedParts?: Pick<StoredParts, "expect">;
  modes: Pick<PromptModes, "of">;
  contents: Pick<PromptContents, "of">;
  /** Milliseconds until a posted prompt must be readable; a cold server takes seconds. */
  storedWithinMs?: number;
}

/** opencode took a prompt and dropped it: it cannot read one of its files. Nothing of it is stored. */
export class PromptDropped extends Error {
  constructor() {
    super("opencode dropped a prompt with files");
    this.name = "PromptDropped";
  }
}

// opencode makes a large picture smaller before it stores the message: 49 megapixels take it 5 to 15 s.
const slowerWithFiles = 4;
// What is wrong is told before a message that was stored can be read.
const droppedAfterMs = 500;
// Where the event was missed, a file that opencode cannot read would be posted for ever.
const mostAttemptsWithFiles = 5;

/**
 * Delivers a prompt by `POST /session/{id}/prompt_async` under the ids made with its row.
 * opencode 1.18 answers 204 before it has stored the message, so only its events, or reading it back, prove that it
 * is stored; and a post repeated after a newer message would run the model again, so it is read back first.
 */
export class ApiPath {
  #options: ApiPathOptions;

  constructor(options: ApiPathOptions) {
    this.#options = options;
  }

  /**
   * Delivers the prompt; resolves once opencode is seen to have it, whole.
   * @throws OpencodeUnreachable when that is not seen in time: deliver it again later. PromptDropped when it is
   * certain that opencode does nothing with it.
   */
  async deliver(
    agent: StartedAgent,
    prompt: Prompt,
    { isFirst, mode }: { isFirst: boolean; mode: PromptMode },
  ): Promise<void> {
    const { activity, client, storedParts, storedWithinMs = 15_000 } = this.#options;
    const known = isFirst ? undefined : await client.message(agent.sessionId, prompt.messageId);
    const content = await this.#options.contents.of(agent, prompt, mode.model);
    const partIds = content.files.map(({ partId }) => partId);
    if (isWhole(known, partIds)) return;
    const errors = activity.errorsIn(agent.sessionId);
    const slower = partIds.length > 0 ? slowerWithFiles : 1;
    using heard = storedParts?.expect(prompt.messageId);
    const posted = await this.#post(agent, prompt, { mode, content, known });
    crashPoint("after post");
    // Reading delays opencode in asking the model, and brings all files of the message. So it is done only if nothing
    // was heard for longer than opencode usually takes.
    const readAfter = performance.now() + activity.acceptLatencyMs * (partIds.length > 0 ? 2 : 1);
    const stored = await activity.waitFor(
      agent.sessionId,
      async () => {
        if (heard?.has(posted)) return "whole" as const;
        if (performance.now() < readAfter) return undefined;
        const message = await client.message(agent.sessionId, prompt.messageId);
        if (isWhole(message, partIds)) return "whole" as const;
        const hasFailed = activity.errorsIn(agent.sessionId) > errors;
        return prompt.label !== "" && !message && hasFailed ? ("failed" as const) : undefined;
      },
      { timeoutMs: storedWithinMs * slower, everyMs: 50 * slower },
    );
    if (stored === "whole") return;
    if (prompt.label !== "" && (await this.#isDropped(agent, prompt, stored === "failed"))) {
      throw new PromptDropped();
    }
    throw new OpencodeUnreachable("with the prompt that was posted");
  }

  /**
   * Posts the prompt; harmless while its message is the newest of the session, or unknown there. Files that opencode
   * has already are left out: another post would show them twice.
   */
  async post(agent: StartedAgent, prompt: Prompt): Promise<void> {
    const { client, contents } = this.#options;
    const [mode, known] = await Promise.all([
      this.modeOf(agent),
      prompt.label === "" ? undefined : client.message(agent.sessionId, prompt.messageId),
    ]);
    const content = await contents.of(agent, prompt, mode.model);
    await this.#post(agent, prompt, { mode, content, known });
  }

  /**
   * Whether opencode has a prompt for good, of which it has `message`: with all of its files, or something came
   * after it, so that another post would run it again.
   */
  async isDelivered(
    agent: StartedAgent,
    prompt: Prompt,
    message: SessionMessage,
  ): Promise<boolean> {
    const { client, contents } = this.#options;
    const newest = (await client.messages(agent.sessionId, 1)).at(-1);
    if (newest?.info.id !== message.info.id) return true;
    const { files } = await contents.of(agent, prompt, modelOf(message));
    return isWhole(
      message,
      files.map(({ partId }) => partId),
    );
  }

  /** As which agent of opencode, and by which model, a prompt of this session runs. */
  modeOf(agent: StartedAgent, options?: ModeOptions): Promise<PromptMode> {
    return this.#options.modes.of(agent, options);
  }

  /** Posts it, and returns the ids of the parts that were posted. */
  async #post(
    agent: StartedAgent,
    prompt: Prompt,
    { mode, content, known }: Posting,
  ): Promise<string[]> {
    const has = new Set(known?.parts.map(({ id }) => id));
    const files = content.files.filter(({ partId }) => !has.has(partId));
    await this.#options.client.prompt(agent.sessionId, agent.directory, {
      messageId: prompt.messageId,
      partId: prompt.partId,
      text: content.text,
      ...(files.length > 0 && { files }),
      ...mode,
    });
    return [prompt.partId, ...files.map(({ partId }) => partId)];
  }

  /** Whether a prompt with files will never be stored: opencode said so, or was given it often enough. */
  async #isDropped(agent: StartedAgent, prompt: Prompt, hasFailed: boolean): Promise<boolean> {
    if (!hasFailed) return prompt.attempts + 1 >= mostAttemptsWithFiles;
    await pause(droppedAfterMs);
    return (await this.#options.client.message(agent.sessionId, prompt.messageId)) === undefined;
  }
}

interface Posting {
  mode: PromptMode;
  content: Awaited<ReturnType<PromptContents["of"]>>;
  /** What opencode has of it. */
  known: SessionMessage | undefined;
}

/** The model that a prompt was posted for, by which it depends what it is shown. */
function modelOf({ info }: SessionMessage): string | undefined {
  // Another version may not say it.
  const { model } = info as { model?: { providerID: string; modelID: string } };
  return model && `${model.providerID}/${model.modelID}`;
}

/** A server killed at the wrong moment leaves a message without some of its parts; posting again heals it. */
function isWhole(message: SessionMessage | undefined, partIds: string[]): boolean {
  if (!message || message.parts.length === 0) return false;
  return partIds.every((partId) => message.parts.some(({ id }) => id === partId));
}
