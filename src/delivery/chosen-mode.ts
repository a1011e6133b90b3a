import type { Choice } from "../agents/agent.ts";
import type { Agents, StartedAgent } from "../agents/agents.ts";
import type { Opencode } from "../opencode/client.ts";
import type { KnownSession } from "../opencode/known-sessions.ts";
import { choiceInWords, isSameChoice, type ModelChoice } from "../opencode/models.ts";

/** What following choices needs. */
export interface ChosenModesOptions {
  agents: Pick<Agents, "followChoice">;
  client: Pick<Opencode, "messages">;
  /** Whether a message of an agent's session is a prompt that came from the chat. */
  isAsked: (agent: string, messageId: string) => Promise<boolean>;
}

/** What a session and its terminal tell. */
export interface SeenMode {
  session: KnownSession;
  /** The mode and the model that the terminal shows; undefined where that cannot be read. */
  mode: string | undefined;
  model: ModelChoice | undefined;
}

const messagesRead = 30;

/**
 * Knows whether what the operator chose in the chat is still the newest choice. The TUI of opencode 1.18
 * takes over mode and model of a session's last prompt once, when it begins to show the session; from then
 * on only somebody at the terminal changes what it shows.
 */
export class ChosenModes {
  #options: ChosenModesOptions;

  constructor(options: ChosenModesOptions) {
    this.#options = options;
  }

  /**
   * The choice that holds now for an agent: the one made in the chat, or the one that replaced it: in the
   * terminal, or by a prompt that did not come from the chat. What was seen is remembered.
   * @throws OpencodeUnreachable, OpencodeRefused when the session cannot be read.
   */
  async follow(agent: StartedAgent, seen: SeenMode): Promise<Choice | undefined> {
    const { choice, name } = agent;
    if (!choice) return undefined;
    // It is about to take over what the first prompt names.
    const isFirst = seen.session.agent === undefined;
    const shown = isFirst ? firstShown(choice) : shownNow(choice, seen);
    const kept = { ...choice, ...shown };
    const next = isFirst
      ? kept
      : (changedThere(choice, seen, kept) ?? (await this.#prompted(agent, seen, kept)) ?? kept);
    if (!isEqual(choice, next)) await this.#options.agents.followChoice(name, choice.at, next);
    return next;
  }

  /** What the session's last prompt chose, if that is newer and not from the chat. */
  async #prompted(
    { name, sessionId, choice }: StartedAgent,
    { session }: SeenMode,
    kept: Choice,
  ): Promise<Choice | undefined> {
    const model = session.model && {
      model: `${session.model.providerID}/${session.model.id}`,
      variant: session.model.variant,
    };
    const isMode = choice?.mode === undefined || choice.mode === session.agent;
    if (!choice || (isMode && (!model || fits(choice, model)))) return undefined;
    const messages = await this.#options.client.messages(sessionId, messagesRead);
    const last = messages.findLast(
      ({ info, parts }) => info.role === "user" && parts.some(({ type }) => type === "text"),
    )?.info;
    if (!last || last.time.created <= choice.at) return undefined;
    if (await this.#options.isAsked(name, last.id)) return undefined;
    const at = last.time.created;
    return { ...replaced(kept, session.agent, model), at };
  }
}

/** What somebody chose in the terminal since it was read last. */
function changedThere(choice: Choice, seen: SeenMode, kept: Choice): Choice | undefined {
  const { mode, model } = seen;
  const isMode = choice.mode !== undefined && isNew(choice.shownMode, mode) && mode !== choice.mode;
  const words = model && choiceInWords(model);
  const isModel = isNew(choice.shownModel, words) && model !== undefined && !fits(choice, model);
  if (!isMode && !isModel) return undefined;
  return {
    ...replaced(kept, isMode ? mode : undefined, isModel ? model : undefined),
    at: Date.now(),
  };
}

/** The same choice with another mode or model, where one was chosen and another is known. */
function replaced(
  choice: Choice,
  mode: string | undefined,
  model: ModelChoice | undefined,
): Choice {
  const isModel = model !== undefined && isModelChosen(choice);
  return {
    ...choice,
    ...(choice.mode !== undefined && mode !== undefined && { mode }),
    ...(isModel && { model: model.model, variant: model.variant }),
  };
}

function firstShown({ mode, model, variant }: Choice) {
  const shownModel = model === undefined ? undefined : choiceInWords({ model, variant });
  return { shownMode: mode, shownModel };
}

function shownNow({ shownMode, shownModel }: Choice, { mode, model }: SeenMode) {
  return {
    shownMode: mode ?? shownMode,
    shownModel: model ? choiceInWords(model) : shownModel,
  };
}

function isNew(before: string | undefined, now: string | undefined): boolean {
  return before !== undefined && now !== undefined && before !== now;
}

function isModelChosen({ model, variant }: Choice): boolean {
  return model !== undefined || variant !== undefined;
}

/** Whether a model and its variant are those of a choice, which may name none. */
function fits(choice: Choice, model: ModelChoice): boolean {
  if (!isModelChosen(choice)) return true;
  return isSameChoice(model, {
    model: choice.model ?? model.model,
    variant: choice.variant,
  });
}

function isEqual(a: Choice, b: Choice): boolean {
  const keys = ["mode", "model", "variant", "at", "shownMode", "shownModel"] as const;
  return keys.every((key) => a[key] === b[key]);
}
