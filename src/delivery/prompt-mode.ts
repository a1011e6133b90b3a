import type { Choice } from "../agents/agent.ts";
import type { Agents, StartedAgent } from "../agents/agents.ts";
import type { AgentTerminals } from "../host/terminals.ts";
import type { Logger } from "../log.ts";
import type { Catalog } from "../opencode/catalog.ts";
import type { PromptMode, SessionInfo } from "../opencode/client.ts";
import {
  faultOf,
  isSameChoice,
  type ModelChoice,
  modelShown,
  type Provider,
} from "../opencode/models.ts";
import type { KnownSession, KnownSessions } from "../opencode/known-sessions.ts";
import { TmuxError } from "../tmux/tmux-error.ts";
import { ChosenModes } from "./chosen-mode.ts";
import { readScreen, type Screen, shownTitle, showsSession } from "./tui.ts";
import { wholeLook } from "./whole-look.ts";

/** What reading a session's mode needs. */
export interface PromptModesOptions {
  agents: Pick<Agents, "followChoice" | "retitle">;
  client: Pick<KnownSessions, "messages" | "session" | "sessionNow" | "titled">;
  catalog: Pick<Catalog, "agents" | "defaultModel" | "providers">;
  /** Undefined where prompts are not typed, so that nobody is expected to choose in the terminal. */
  terminals: Pick<AgentTerminals, "capture"> | undefined;
  /** For a session that had no prompt yet; opencode's own choice when undefined. */
  defaults: { model: string | undefined; variant: string | undefined };
  /** Whether a message of an agent's session is a prompt that came from the chat. */
  isAsked: (agent: string, messageId: string) => Promise<boolean>;
  log: Logger;
}

/** How a session's mode is read. */
export interface ModeOptions {
  /** Whether the terminal is looked at; the last prompt counts where it is not. */
  readsTerminal?: boolean;
}

// More sessions of similar titles than these are not compared.
const titlesRead = 50;

/**
 * Knows as which agent of opencode (build, plan, …) and by which model a session's next prompt runs.
 * A post that names neither runs as opencode's default one, whatever was chosen in the terminal: a
 * prompt that only Plan should see would write files.
 */
export class PromptModes {
  #options: PromptModesOptions;
  #chosen: ChosenModes;

  constructor(options: PromptModesOptions) {
    this.#options = options;
    this.#chosen = new ChosenModes(options);
  }

  /**
   * The newest of what was chosen for the agent in the chat, what the terminal shows since it changed, and
   * the session's last prompt; without a choice, what the terminal shows: that of the last prompt, until
   * the operator chooses another there. A mode or model that does not exist is not named while there is
   * another: opencode 1.18 takes the prompt and does nothing with it.
   * @throws OpencodeUnreachable, OpencodeRefused when the session cannot be read.
   */
  async of(agent: StartedAgent, { readsTerminal = true }: ModeOptions = {}): Promise<PromptMode> {
    return (await this.#read(agent, readsTerminal)).wanted;
  }

  /**
   * Whether a prompt that is typed runs in this session, and as a posted one would. Before the first
   * prompt of a session the TUI of opencode 1.18 shows its own default, not the session's model; and it
   * takes no notice of what later posts named.
   * @throws OpencodeUnreachable, OpencodeRefused when the session cannot be read.
   */
  async isShown(agent: StartedAgent): Promise<boolean> {
    const { choice } = agent;
    if (!choice && !isSet(this.#options.defaults) && agent.hasOwnTitle) return true;
    const { session, screen, shown, wanted } = await this.#read(agent, true);
    if (!screen) return false;
    if (choice?.mode !== undefined && !isSame(screen.agent ?? "", wanted.agent)) return false;
    const isModelChosen = choice?.model !== undefined || choice?.variant !== undefined;
    const isPlain = session.agent !== undefined || !isSet(this.#options.defaults);
    if (!isModelChosen && isPlain) return true;
    return shown !== undefined && isSameChoice(shown, wanted);
  }

  async #read(agent: StartedAgent, readsTerminal: boolean) {
    const { client, catalog } = this.#options;
    const [session, terminal, providers] = await Promise.all([
      client.session(agent.sessionId),
      readsTerminal ? this.#screen(agent) : undefined,
      catalog.providers(agent.directory),
    ]);
    const isKnown = await this.#isTitle(agent, session);
    const screen = terminal && isKnown && (await this.#isOnlyOne(agent)) ? terminal : undefined;
    const shown = modelShown(providers, screen?.model ?? "");
    const mode = await this.#shownMode(agent, session, screen);
    const choice = await this.#chosen.follow(agent, { session, mode, model: shown });
    const wanted: PromptMode = {
      agent: (await this.#known(agent, choice?.mode)) ?? mode ?? session.agent,
      ...(await this.#model(agent, providers, this.#modelsInOrder(session, shown, choice))),
    };
    return { session, screen, shown, wanted };
  }

  /** What a prompt may run by, the first that is usable. */
  #modelsInOrder(
    { agent: lastAgent, model }: KnownSession,
    shown: ModelChoice | undefined,
    choice: Choice | undefined,
  ): ModelChoice[] {
    const { defaults } = this.#options;
    const last = model && {
      model: `${model.providerID}/${model.id}`,
      variant: model.variant ?? defaults.variant,
    };
    const configured = isSet(defaults)
      ? { ...defaults, model: defaults.model ?? shown?.model ?? last?.model }
      : undefined;
    // What was configured holds until the first prompt, whatever the TUI shows by itself.
    const order = lastAgent === undefined ? [configured, shown, last] : [shown, last, configured];
    const usual = order.filter((one) => one !== undefined);
    if (!choice || !isSet(choice)) return usual;
    return [{ model: choice.model ?? usual[0]?.model, variant: choice.variant }, ...usual];
  }

  async #model(
    { directory }: StartedAgent,
    providers: Provider[],
    wanted: ModelChoice[],
  ): Promise<ModelChoice> {
    const { catalog, defaults } = this.#options;
    const usable = wanted.find((choice) => faultOf(providers, choice) !== "model");
    if (usable) return faultOf(providers, usable) ? { ...usable, variant: undefined } : usable;
    // A model that does not exist stays the session's own until another is named.
    const own = wanted.length > 0 ? await catalog.defaultModel(directory) : undefined;
    return own === undefined ? (wanted[0] ?? defaults) : { model: own, variant: undefined };
  }

  /** What the TUI shows of this agent's session; undefined when it cannot be read. */
  async #screen(agent: StartedAgent): Promise<Screen | undefined> {
    const { terminals, log } = this.#options;
    try {
      const look = await wholeLook(async () => terminals?.capture(agent.name));
      if (!look || look.dead || look.inMode || !showsSession(look.title, agent.title))
        return undefined;
      return readScreen(look);
    } catch (error) {
      if (!(error instanceof TmuxError)) throw error;
      log.warn({ err: error, agent: agent.name }, "what the terminal shows could not be read");
      return undefined;
    }
  }

  /** Whether a session still has the title that its agent is known by; another one is known from now on. */
  async #isTitle({ name, sessionId, title: known }: StartedAgent, { title }: KnownSession) {
    if (title === undefined || title === known) return true;
    const { agents, client } = this.#options;
    // It may have been given that title just now.
    const { title: now = known } = await client.sessionNow(sessionId);
    if (now === known) return true;
    await agents.retitle(name, sessionId, now);
    return false;
  }

  /** Whether no other session has a title that is shown alike: only then does a terminal tell them apart. */
  async #isOnlyOne({ sessionId, title, hasOwnTitle }: StartedAgent): Promise<boolean> {
    if (hasOwnTitle) return true;
    const shown = shownTitle(title);
    // The half of a character is in no title.
    const words = shown.replace(/\uFFFD?…$/, "");
    const alike = await this.#options.client.titled(words, titlesRead);
    const isOther = (one: SessionInfo) => one.id !== sessionId && shownTitle(one.title) === shown;
    return alike.length < titlesRead && !alike.some(isOther);
  }

  /** opencode's own name of the mode that the TUI shows, such as `plan` of `Plan`. */
  async #shownMode(
    agent: StartedAgent,
    { agent: last }: KnownSession,
    screen: Screen | undefined,
  ): Promise<string | undefined> {
    if (screen?.agent === undefined) return undefined;
    return isSame(screen.agent, last) ? last : this.#known(agent, screen.agent);
  }

  /** opencode's own name of a mode, if there is such a one. */
  async #known({ directory }: StartedAgent, mode: string | undefined): Promise<string | undefined> {
    if (mode === undefined) return undefined;
    const agents = await this.#options.catalog.agents(directory);
    return agents.find(({ name }) => isSame(mode, name))?.name;
  }
}

function isSame(shown: string, name: string | undefined): boolean {
  return shown.toLowerCase() === name?.toLowerCase();
}

function isSet({ model, variant }: ModelChoice): boolean {
  return model !== undefined || variant !== undefined;
}
