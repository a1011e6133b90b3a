import type { OpencodeAgent, Provider } from "./models.ts";

/** A model that may be chosen. */
export interface ListedModel {
  /** `provider/model`. */
  model: string;
  name: string;
  provider: { id: string; name: string };
  variants: string[];
  /** How many tokens it can read at once; undefined where opencode does not know. */
  contextLimit: number | undefined;
}

/** The models of a provider. */
export interface ModelGroup {
  provider: { id: string; name: string };
  models: ListedModel[];
}

/** All models of these providers, in the order of `GET /config/providers`. */
export function listModels(providers: readonly Provider[]): ListedModel[] {
  return providers.flatMap(({ id: providerId, name: providerName, models }) =>
    Object.entries(models).map(([id, { name, variants = {}, limit }]) => ({
      model: `${providerId}/${id}`,
      name,
      provider: { id: providerId, name: providerName },
      variants: Object.keys(variants),
      contextLimit: limit?.context || undefined,
    })),
  );
}

/** The models by provider; the groups are in the order in which their first model comes. */
export function byProvider(models: readonly ListedModel[]): ModelGroup[] {
  const groups = new Map<string, ModelGroup>();
  for (const model of models) {
    const group = groups.get(model.provider.id) ?? { provider: model.provider, models: [] };
    group.models.push(model);
    groups.set(model.provider.id, group);
  }
  return [...groups.values()];
}

/** The models in whose id, name or provider every word of `text` occurs; all of them for no word. */
export function searchModels(models: readonly ListedModel[], text: string): ListedModel[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return models.filter(({ model, name, provider }) => {
    const about = `${model} ${name} ${provider.name}`.toLowerCase();
    return words.every((word) => about.includes(word));
  });
}

/**
 * The agents a prompt may be given to. opencode 1.18 also lists those that only agents call, and those
 * it uses itself, for titles and summaries.
 */
export function choosableAgents(agents: readonly OpencodeAgent[]): OpencodeAgent[] {
  return agents.filter(({ mode, hidden }) => mode !== "subagent" && hidden !== true);
}
