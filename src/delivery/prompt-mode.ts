import type { StartedAgent } from "../agents/agents.ts";
import type { AgentTerminals } from "../host/terminals.ts";
import type { Logger } from "../log.ts";
import type { Catalog } from "../opencode/catalog.ts";
import type { Opencode, PromptMode, SessionInfo } from "../opencode/client.ts";
import {
  faultOf,
  isSameChoice,
  type ModelChoice,
  modelShown,
  type Provider,
} from "../opencode/models.ts";
import { TmuxError } from "../tmux/tmux-error.ts";
import { readScreen, type Screen, showsSession } from "./tui.ts";

/** What reading a session's mode needs. */
export interface PromptModesOptions {
  client: Pick<Opencode, "session">;
  catalog: Pick<Catalog, "agents" | "defaultModel" | "providers">;
  /** Undefined where prompts are not typed, so that nobody is expected to choose in the terminal. */
  terminals: Pick<AgentTerminals, "capture"> | undefined;
  /** For a session that had no prompt yet; opencode's own choice when undefined. */
  defaults: ModelChoice;
  log: Logger;
}

/** How a session's mode is read. */
export interface ModeOptions {
  /** Whether the terminal is looked at; the last prompt counts where it is not. */
  readsTerminal?: boolean;
}

/**
 * Knows as which agent of opencode (build, plan, …) and by which model a session's next prompt runs.
 * A post that names neither runs as opencode's default one, whatever was chosen in the terminal: a
 * prompt that only Plan should see would write files.
 */
export class PromptModes {
  #options: PromptModesOptions;

  constructor(options: PromptModesOptions) {
    this.#options = options;
  }

  /**
   * The agent, model and variant that the terminal shows, else those of the session's last prompt. The
   * TUI shows those of the last prompt until the operator chooses others in it. A model that does not
   * exist is not named while there is another: opencode 1.18 takes the prompt and does nothing with it.
   * @throws OpencodeUnreachable, OpencodeRefused when the session cannot be read.
   */
  async of(agent: StartedAgent, { readsTerminal = true }: ModeOptions = {}): Promise<PromptMode> {
    const { client, catalog } = this.#options;
    const [session, screen, providers] = await Promise.all([
      client.session(agent.sessionId),
      readsTerminal ? this.#screen(agent) : undefined,
      catalog.providers(agent.directory),
    ]);
    const { agent: last } = session;
    const shown = screen?.agent;
    const chosen =
      shown === undefined || isSame(shown, last) ? last : await this.#named(agent, shown);
    return { agent: chosen ?? last, ...(await this.#model(agent, session, screen, providers)) };
  }

  /**
   * Whether a prompt that is typed runs by the model that a posted one would name. Before the first
   * prompt of a session the TUI of opencode 1.18 shows its own default, not the session's model.
   * @throws OpencodeUnreachable, OpencodeRefused when the session cannot be read.
   */
  async isShown(agent: StartedAgent): Promise<boolean> {
    const { client, catalog, defaults } = this.#options;
    if (!isSet(defaults)) return true;
    const session = await client.session(agent.sessionId);
    if (session.agent !== undefined) return true;
    const [screen, providers] = await Promise.all([
      this.#screen(agent),
      catalog.providers(agent.directory),
    ]);
    const shown = modelShown(providers, screen?.model ?? "");
    if (!shown) return false;
    return isSameChoice(shown, await this.#model(agent, session, screen, providers));
  }

  async #model(
    { directory }: StartedAgent,
    { agent: lastAgent, model }: SessionInfo,
    screen: Screen | undefined,
    providers: Provider[],
  ): Promise<ModelChoice> {
    const { catalog, defaults } = this.#options;
    const shown = modelShown(providers, screen?.model ?? "");
    const last = model && {
      model: `${model.providerID}/${model.id}`,
      variant: model.variant ?? defaults.variant,
    };
    const configured = isSet(defaults)
      ? { ...defaults, model: defaults.model ?? shown?.model ?? last?.model }
      : undefined;
    // What was configured holds until the first prompt, whatever the TUI shows by itself.
    const order = lastAgent === undefined ? [configured, shown, last] : [shown, last, configured];
    const wanted = order.filter((choice) => choice !== undefined);
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
      const look = await terminals?.capture(agent.name);
      if (!look || look.dead || look.inMode || !showsSession(look.title, agent.title))
        return undefined;
      return readScreen(look);
    } catch (error) {
      if (!(error instanceof TmuxError)) throw error;
      log.warn({ err: error, agent: agent.name }, "what the terminal shows could not be read");
      return undefined;
    }
  }

  /** opencode's own name of an agent that the TUI shows, such as `plan` of `Plan`. */
  async #named({ directory }: StartedAgent, shown: string): Promise<string | undefined> {
    const agents = await this.#options.catalog.agents(directory);
    return agents.find(({ name }) => isSame(shown, name))?.name;
  }
}

function isSame(shown: string, name: string | undefined): boolean {
  return shown.toLowerCase() === name?.toLowerCase();
}

function isSet({ model, variant }: ModelChoice): boolean {
  return model !== undefined || variant !== undefined;
}
