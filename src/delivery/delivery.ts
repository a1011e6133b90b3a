import { EventEmitter } from "node:events";
import type { StartedAgent } from "../agents/agents.ts";
import { crashPoint } from "../crash.ts";
import type { Logger } from "../log.ts";
import type { Opencode } from "../opencode/client.ts";
import type { NotSent, Path, Prompt } from "../prompts/prompt.ts";
import type { Prompts } from "../prompts/prompts.ts";
import { TmuxError } from "../tmux/tmux-error.ts";
import type { ApiPath } from "./api-path.ts";
import type { CommandPath } from "./command-path.ts";
import type { PromptModes } from "./prompt-mode.ts";
import { type Guarded, isTypeable, type TypingPath } from "./tmux-path.ts";

/** What delivery needs. */
export interface DeliveryOptions {
  prompts: Prompts;
  client: Pick<Opencode, "abort" | "message" | "messages">;
  paths: DeliveryPaths;
  modes: Pick<PromptModes, "isShown">;
  /** The path tried first. */
  first: Path;
  log: Logger;
}

/** The ways into opencode. */
export interface DeliveryPaths {
  tmux: TypingPath;
  api: ApiPath;
  /** For what is no text. */
  command: Pick<CommandPath, "deliver">;
}

/** Why a prompt was posted though typing comes first. */
export type FallbackReason =
  /** It came with files, which a terminal takes none of. */
  | "files"
  /** The terminal would change its text. */
  | "text"
  /** It was sent into the turn that runs. */
  | "sent now"
  /** An earlier attempt was cut short. */
  | "again"
  /** Something that was asked may show a dialog. */
  | "asks"
  /** The terminal shows something else than an empty box of the agent's session. */
  | "not ready"
  /** It would run as another agent of opencode, or with another model, than the chat has chosen. */
  | "mode"
  /** It was typed, and opencode did not get it. */
  | "not taken"
  /** tmux failed. */
  | "tmux failed";

/** What delivery tells. */
export interface DeliveryEvents {
  /** opencode has a prompt; `ms` milliseconds after its delivery, or the search for it, was begun. */
  delivered: [prompt: { path: Path; ms: number; fallback: FallbackReason | undefined }];
}

/** What the terminal did while a prompt was delivered. */
export type TerminalUse =
  /** The prompt was typed, or could have been. */
  | "works"
  /** Something that was asked may show a dialog in it. */
  | "asks"
  /** tmux failed or did not answer in time. */
  | "fails"
  /** The prompt is not one to be typed. */
  | "unused";

/**
 * Delivers a prompt to opencode exactly once. Each attempt is recorded before anything leaves, so that
 * after a crash Switchboard knows where to search for the prompt before it sends anything again.
 */
export class Delivery extends EventEmitter<DeliveryEvents> {
  #options: DeliveryOptions;

  constructor(options: DeliveryOptions) {
    super();
    this.#options = options;
  }

  /**
   * Delivers a prompt to an idle session that waits for no decision, and records it as running;
   * one whose agent was stopped meanwhile is not delivered, or its turn is ended. Resolves to what the
   * terminal did: when it asks, the prompt is delivered only if `isInsisted`. With `isSentNow` the session
   * may be busy: the prompt is posted, and opencode merges it into the turn that runs.
   * @throws when opencode cannot be reached; the prompt stays as it is and may be delivered again.
   */
  async deliver(
    agent: StartedAgent,
    prompt: Prompt,
    { isInsisted = false, isSentNow = false } = {},
  ): Promise<TerminalUse> {
    const began = performance.now();
    const isFirst = prompt.state === "queued";
    // Keys that are typed into a busy terminal could answer what its turn asks.
    const mayType = isFirst && !isSentNow;
    const { typedId, terminal, reason } = mayType ? await this.#type(agent, prompt) : unused;
    if (terminal === "asks" && !isInsisted) return terminal;
    const messageId =
      typedId ?? (await this.#post(agent, prompt, { isFirst, isSentNow, terminal }));
    if (messageId === undefined) return terminal;
    crashPoint("before delivered");
    const isTyped = typedId !== undefined;
    const notTyped = isFirst ? (isSentNow ? "sent now" : reason) : "again";
    const fallback = isTyped || this.#options.first === "api" ? undefined : notTyped;
    const path = isTyped ? "tmux" : "api";
    await this.#delivered(agent, prompt, messageId, { path, began, fallback });
    return terminal;
  }

  /**
   * The same for a command of opencode or of the shell; resolves to why it was not sent, and to undefined
   * when it was or is to be sent later.
   * @throws as `deliver`
   */
  async run(agent: StartedAgent, prompt: Prompt): Promise<NotSent | undefined> {
    const began = performance.now();
    const outcome = await this.#options.paths.command.deliver(agent, prompt);
    if (outcome === "waits") return undefined;
    if (outcome !== "delivered") return outcome;
    crashPoint("before delivered");
    await this.#delivered(agent, prompt, prompt.messageId, { path: "api", began });
    return undefined;
  }

  /**
   * Looks for a prompt whose delivery was cut short. Resolves to true when opencode has it, which
   * is then recorded; to false when it has not, and what was typed cannot be submitted any more.
   */
  async recover(agent: StartedAgent, prompt: Prompt): Promise<boolean> {
    const began = performance.now();
    const isApi = prompt.path === "api";
    const found = isApi
      ? await this.#storedId(agent, prompt)
      : await this.#options.paths.tmux.recover(agent, prompt);
    if (found === undefined) return false;
    await this.#delivered(agent, prompt, found, { path: isApi ? "api" : "tmux", began });
    return true;
  }

  /**
   * The id of a posted prompt that opencode has. A message without parts, or without some of its files, is posted
   * again, unless that would run something again.
   */
  async #storedId(agent: StartedAgent, prompt: Prompt): Promise<string | undefined> {
    const { client, paths } = this.#options;
    const message = await client.message(agent.sessionId, prompt.messageId);
    if (!message) return undefined;
    const isBare = prompt.kind === "text" && message.parts.length === 0;
    const isLacking =
      isBare || (prompt.label !== "" && !(await paths.api.isDelivered(agent, prompt, message)));
    return isLacking ? undefined : message.info.id;
  }

  /** Posts a prompt; undefined when it is no longer to be delivered. */
  async #post(
    agent: StartedAgent,
    prompt: Prompt,
    { isFirst, isSentNow, terminal }: PostOptions,
  ): Promise<string | undefined> {
    const { prompts, paths } = this.#options;
    const attempt = { path: "api" as const, sessionId: agent.sessionId, isSentNow };
    const [isWanted, mode] = await Promise.all([
      prompts.attempt(prompt, attempt),
      // One that fails has cost its time already, and says nothing.
      paths.api.modeOf(agent, { readsTerminal: terminal !== "fails" }),
    ]);
    if (!isWanted) return undefined;
    await paths.api.deliver(agent, prompt, { isFirst, mode });
    return prompt.messageId;
  }

  async #delivered(
    agent: StartedAgent,
    prompt: Prompt,
    messageId: string,
    { path, began, fallback }: { path: Path; began: number; fallback?: FallbackReason | undefined },
  ) {
    const { prompts, client, log } = this.#options;
    const about = { agent: agent.name, promptId: prompt.id, path };
    if (await prompts.delivered(prompt.id, messageId)) {
      log.info({ ...about, fallback }, "prompt delivered");
      this.emit("delivered", { path, ms: performance.now() - began, fallback });
      return;
    }
    log.info(about, "the agent was stopped while a prompt was on its way; its turn is ended");
    await client.abort(agent.sessionId, agent.directory);
  }

  async #type(agent: StartedAgent, prompt: Prompt): Promise<Typed> {
    const { prompts, client, paths, modes, first, log } = this.#options;
    if (first === "api") return unused;
    // A terminal takes none.
    if (prompt.label !== "") return { ...unused, reason: "files" };
    if (!isTypeable(prompt.text)) return { ...unused, reason: "text" };
    const [{ paneId, terminal }, newest, isShown] = await Promise.all([
      this.#guard(agent),
      client.messages(agent.sessionId, 1),
      modes.isShown(agent),
    ]);
    if (paneId === undefined) {
      const reasons = { asks: "asks", works: "not ready", fails: "tmux failed" } as const;
      return { typedId: undefined, terminal, reason: reasons[terminal] };
    }
    if (!isShown) return { typedId: undefined, terminal, reason: "mode" };
    const attempt = {
      path: "tmux" as const,
      sessionId: agent.sessionId,
      afterMessageId: newest.at(-1)?.info.id,
    };
    if (!(await prompts.attempt(prompt, attempt))) return { ...unused, terminal };
    try {
      const typedId = await paths.tmux.type(agent, { ...prompt, ...attempt }, paneId);
      return { typedId, terminal, reason: "not taken" };
    } catch (error) {
      if (!(error instanceof TmuxError)) throw error;
      log.warn({ err: error, agent: agent.name }, "the terminal failed while typing");
      const now = await prompts.head(agent.name);
      const typedId = now?.id === prompt.id ? await paths.tmux.recover(agent, now) : undefined;
      return { typedId, terminal: "fails", reason: "tmux failed" };
    }
  }

  async #guard(agent: StartedAgent): Promise<Guarded> {
    try {
      return await this.#options.paths.tmux.guard(agent);
    } catch (error) {
      if (!(error instanceof TmuxError)) throw error;
      this.#options.log.warn({ err: error, agent: agent.name }, "the terminal cannot be used");
      return { paneId: undefined, terminal: "fails" };
    }
  }
}

interface PostOptions {
  isFirst: boolean;
  isSentNow: boolean;
  terminal: TerminalUse;
}

interface Typed {
  /** The message that the prompt became; undefined when it was not typed. */
  typedId: string | undefined;
  terminal: TerminalUse;
  /** Why it was not, where it was not. */
  reason: FallbackReason | undefined;
}

const unused: Typed = { typedId: undefined, terminal: "unused", reason: undefined };
