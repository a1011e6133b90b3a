import type { StartedAgent } from "../agents/agents.ts";
import type { Catalog } from "../opencode/catalog.ts";
import { readsOf } from "../opencode/models.ts";
import type { Prompt } from "../prompts/prompt.ts";
import { partsOf } from "../prompts/parts.ts";
import type { Store } from "../store/store.ts";
import { contentOf, type PromptContent } from "./contents.ts";
import { tellOfPaths } from "./tell.ts";

/** What reading prompts needs. */
export interface PromptContentsOptions {
  store: Store;
  catalog: Pick<Catalog, "defaultModel" | "providers">;
}

/** Reads prompts with files in the form in which opencode gets them, for the model that runs them. */
export class PromptContents {
  #options: PromptContentsOptions;

  constructor(options: PromptContentsOptions) {
    this.#options = options;
  }

  /**
   * A prompt in that form when it runs by `model` (`provider/model`; opencode's default when undefined). The
   * operator is told once which files the model is not shown.
   * @throws OpencodeUnreachable, OpencodeRefused when it is not known what the model reads.
   */
  async of(
    agent: StartedAgent,
    prompt: Prompt,
    model: string | undefined,
  ): Promise<Pick<PromptContent, "text" | "files">> {
    if (prompt.label === "") return { text: prompt.text, files: [] };
    const { store, catalog } = this.#options;
    const [parts, providers, usual] = await Promise.all([
      store.read((transaction) => partsOf(transaction, prompt.id)),
      catalog.providers(agent.directory),
      model ?? catalog.defaultModel(agent.directory),
    ]);
    const content = await contentOf(agent, parts, readsOf(providers, usual));
    if (content.asPath.length > 0) {
      await store.write((transaction) => tellOfPaths(transaction, prompt, content.asPath));
    }
    return content;
  }
}
