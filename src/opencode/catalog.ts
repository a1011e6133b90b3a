import type { Opencode } from "./client.ts";
import type { EventStream } from "./events.ts";
import type { OpencodeAgent, Provider } from "./models.ts";

/** What the catalog needs. */
export interface CatalogOptions {
  client: Pick<Opencode, "agents" | "defaultModel" | "providers">;
  events: Pick<EventStream, "isOpen" | "on">;
}

// Events of opencode 1.18 after which it reads its settings, or its list of models, anew.
const changes: readonly string[] = [
  "server.instance.disposed",
  "global.disposed",
  "models-dev.refreshed",
  "catalog.updated",
];

/**
 * What opencode's settings offer in a directory: models and agents. opencode reads its settings once per
 * directory, so an answer holds until an event says otherwise; it is kept only while the event stream is
 * open. Every method throws OpencodeUnreachable and OpencodeRefused as the client does.
 */
export class Catalog {
  #client: CatalogOptions["client"];
  #events: Pick<EventStream, "isOpen">;
  #answers = new Map<string, Promise<unknown>>();

  constructor({ client, events }: CatalogOptions) {
    this.#client = client;
    this.#events = events;
    events.on("closed", () => this.#answers.clear());
    events.on("event", ({ type }) => {
      if (changes.includes(type)) this.#answers.clear();
    });
  }

  /**
   * Asks for what most prompts and commands need, so that they need not wait: the first answer takes
   * opencode about a second. Whoever needs it hears of a failure.
   */
  readAhead(directory: string): void {
    Promise.all([this.providers(directory), this.agents(directory)]).catch(() => undefined);
  }

  /** The providers that are set up in a directory, with their models. */
  providers(directory: string): Promise<Provider[]> {
    return this.#once(`providers ${directory}`, () => this.#client.providers(directory));
  }

  /** The agents of opencode that a directory has, such as `build` and `plan`. */
  agents(directory: string): Promise<OpencodeAgent[]> {
    return this.#once(`agents ${directory}`, () => this.#client.agents(directory));
  }

  /** The model (`provider/model`) that opencode's own settings name in a directory, if they do. */
  defaultModel(directory: string): Promise<string | undefined> {
    return this.#once(`default model ${directory}`, () => this.#client.defaultModel(directory));
  }

  #once<Answer>(key: string, ask: () => Promise<Answer>): Promise<Answer> {
    if (!this.#events.isOpen) return ask();
    const known = this.#answers.get(key) as Promise<Answer> | undefined;
    if (known) return known;
    const answer = ask();
    this.#answers.set(key, answer);
    // The one who asks hears of the failure.
    answer.catch(() => {
      if (this.#answers.get(key) === answer) this.#answers.delete(key);
    });
    return answer;
  }
}
