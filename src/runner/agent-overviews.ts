import type { Agent } from "../agents/agents.ts";
import { agentsThatAsk } from "../cards/card-table.ts";
import type { Logger } from "../log.ts";
import type { Catalog } from "../opencode/catalog.ts";
import type { Opencode } from "../opencode/client.ts";
import type { EventStream } from "../opencode/events.ts";
import { contextOf } from "../opencode/usage.ts";
import type { Prompts } from "../prompts/prompts.ts";
import type { Store } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import { withinMoment } from "./within-moment.ts";

/** What an agent does, for a list of many. */
export interface AgentOverview {
  agent: Agent;
  /** In a few words. */
  doing: string;
  /** Since when it works or rests, milliseconds since the epoch; undefined when that is not known. */
  since: number | undefined;
  /** Prompts that wait. */
  waiting: number;
  /** Of its context that is used; undefined when that is not known in time. */
  contextPercent: number | undefined;
}

/** What describing many agents needs. */
export interface AgentOverviewsOptions {
  store: Store;
  prompts: Pick<Prompts, "countsByAgent">;
  client: Pick<Opencode, "messages" | "statuses">;
  catalog: Pick<Catalog, "providers">;
  events: Pick<EventStream, "isOpen">;
  log: Logger;
}

const { state } = texts.agents;

/** Describes many agents at once: opencode is asked once for each folder, and for each session's last answer. */
export class AgentOverviews {
  #options: AgentOverviewsOptions;

  constructor(options: AgentOverviewsOptions) {
    this.#options = options;
  }

  /** What these agents do, in their order. It takes at most a moment; what is not known by then is left out. */
  async of(agents: readonly Agent[]): Promise<AgentOverview[]> {
    const { store, prompts, client, events, log } = this.#options;
    const folders = [...new Set(agents.map(({ directory }) => directory))];
    const [counts, asking, statuses, contexts] = await Promise.all([
      prompts.countsByAgent(),
      store.read(agentsThatAsk),
      withinMoment(Promise.all(folders.map((folder) => client.statuses(folder))), log),
      Promise.all(agents.map((agent) => withinMoment(this.#context(agent), log))),
    ]);
    const busy = new Map(statuses?.flatMap((one) => Object.entries(one)));
    const doing = ({ name, sessionId }: Agent) => {
      if (sessionId === undefined) return events.isOpen ? state.starting : state.waitsForOpencode;
      if (!statuses) return state.unknown;
      if (asking.has(name)) return state.waitsForDecision;
      const type = busy.get(sessionId)?.type;
      if (type === "retry") return state.waitsForModel;
      return type === "busy" ? state.working : state.idle;
    };
    return agents.map((agent, index) => ({
      agent,
      doing: doing(agent),
      // While it starts, or is not known, it neither works nor rests.
      since: statuses && agent.sessionId !== undefined ? counts.get(agent.name)?.since : undefined,
      waiting: counts.get(agent.name)?.waiting ?? 0,
      contextPercent: contexts[index],
    }));
  }

  /** How much of its context an agent has used, in percent. */
  async #context({ sessionId, directory }: Agent): Promise<number | undefined> {
    if (sessionId === undefined) return undefined;
    const { client, catalog } = this.#options;
    const [messages, providers] = await Promise.all([
      // The last answer tells it; a prompt may stand behind it.
      client.messages(sessionId, 3),
      catalog.providers(directory),
    ]);
    const { used = 0, limit } = contextOf(messages, providers) ?? {};
    return limit === undefined ? undefined : Math.min(100, Math.round((100 * used) / limit));
  }
}
