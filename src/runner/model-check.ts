import { defaultAgent } from "../agents/agents.ts";
import type { Logger } from "../log.ts";
import type { Catalog } from "../opencode/catalog.ts";
import type { EventStream } from "../opencode/events.ts";
import { faultOf, type ModelChoice } from "../opencode/models.ts";
import { say } from "../outbox/say.ts";
import type { Destinations } from "../prompts/destination.ts";
import { addSetting, takeSettings } from "../store/settings.ts";
import type { Store } from "../store/store.ts";
import { texts } from "../texts/texts.ts";

/** What checking the configured model needs. */
export interface ModelCheckOptions {
  catalog: Pick<Catalog, "providers">;
  events: EventStream;
  store: Store;
  destinations: Destinations;
  /** As configured. */
  choice: ModelChoice;
  /** Absolute path where agents work: models are set up per directory. */
  directory: string;
  log: Logger;
}

const key = "configured model ";

/**
 * Tells that the configured model or variant does not exist. opencode 1.18 accepts a prompt for such a
 * model and does nothing with it.
 */
export class ModelCheck {
  #options: ModelCheckOptions;

  constructor(options: ModelCheckOptions) {
    this.#options = options;
  }

  /** Checks whenever opencode can be reached again; operators are told once of each wrong setting. */
  start(): void {
    const { events, log } = this.#options;
    events.on("open", () => {
      this.#tell().catch((error: unknown) => {
        log.info({ err: error }, "the configured model could not be checked");
      });
    });
  }

  /**
   * One sentence for the chat on what is wrong with the settings; undefined when nothing is.
   * @throws OpencodeUnreachable, OpencodeRefused when opencode cannot say.
   */
  async fault(): Promise<string | undefined> {
    const { catalog, choice, directory } = this.#options;
    const { model, variant = "" } = choice;
    if (model === undefined) return undefined;
    const fault = faultOf(await catalog.providers(directory), choice);
    if (fault === "model") return texts.models.noModel({ model });
    return fault && texts.models.noVariant({ model, variant });
  }

  async #tell(): Promise<void> {
    const { store, destinations, choice, log } = this.#options;
    const fault = await this.fault();
    if (fault !== undefined)
      log.error({ ...choice }, "the configured model or variant does not exist");
    await store.write(async (transaction) => {
      // A setting that was put right and is wrong again later is told again.
      const told = await takeSettings(transaction, key);
      if (fault === undefined) return;
      await addSetting(transaction, key, fault);
      if (told.includes(fault)) return;
      await say(transaction, await destinations.of(transaction, defaultAgent, undefined), fault);
    });
  }
}
