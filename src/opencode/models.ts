import { texts } from "../texts/texts.ts";

/** A provider with its models, as `GET /config/providers` of opencode 1.18 lists it. */
export interface Provider {
  id: string;
  name: string;
  /** Where its login comes from: `env`, `config`, `api`, or `custom` for one that opencode brings along. */
  source?: string;
  /** By the id of the model. */
  models: Record<string, ProviderModel>;
}

/** What is read of a model. */
export interface ProviderModel {
  name: string;
  /** By name. */
  variants?: Record<string, unknown>;
  /** In tokens; 0 where opencode does not know it. */
  limit?: { context: number; output: number };
  /** What it can be shown, by kind. */
  capabilities?: { input?: Partial<Record<"image" | "pdf", boolean>> };
}

/** An agent of opencode, as `GET /agent` of 1.18 lists it. */
export interface OpencodeAgent {
  name: string;
  description?: string;
  mode?: "primary" | "subagent" | "all";
  hidden?: boolean;
}

/** A model and one of its variants. */
export interface ModelChoice {
  /** `provider/model`; opencode's own when undefined. */
  model: string | undefined;
  variant: string | undefined;
}

/** What is wrong with a choice: its model or its variant does not exist. */
export type ModelFault = "model" | "variant";

/** opencode 1.18 stores this word for a prompt that ran without a variant. */
const noVariant = "default";

/**
 * The model and variant that the TUI shows as `Model Provider · variant`; undefined unless just one of
 * these providers' models is shown so.
 */
export function modelShown(providers: readonly Provider[], shown: string): ModelChoice | undefined {
  const found = providers.flatMap((provider) =>
    Object.entries(provider.models).flatMap(([id, { name, variants = {} }]) =>
      [undefined, ...Object.keys(variants)]
        .filter((variant) => shown === `${name} ${provider.name}${variant ? ` · ${variant}` : ""}`)
        .map((variant) => ({ model: `${provider.id}/${id}`, variant })),
    ),
  );
  return found.length === 1 ? found[0] : undefined;
}

/**
 * What does not exist of a choice; undefined when all of it does, or nothing is chosen. Where no provider
 * is listed at all, nothing is known to be missing.
 */
export function faultOf(
  providers: readonly Provider[],
  { model, variant }: ModelChoice,
): ModelFault | undefined {
  if (model === undefined || providers.length === 0) return undefined;
  const provider = providers.find(({ id }) => model.startsWith(`${id}/`));
  const known = provider?.models[model.slice(provider.id.length + 1)];
  if (!known) return "model";
  const isVariant = variant === undefined || variant === noVariant;
  return isVariant || known.variants?.[variant] ? undefined : "variant";
}

/** Whether a model (`provider/model`) reads pictures and PDF; of one that is not known, it is taken for granted. */
export function readsOf(
  providers: readonly Provider[],
  model: string | undefined,
): { image: boolean; pdf: boolean } {
  const provider = providers.find(({ id }) => model?.startsWith(`${id}/`));
  const known = provider?.models[model?.slice(provider.id.length + 1) ?? ""];
  const { image = true, pdf = true } = known?.capabilities?.input ?? {};
  return { image, pdf };
}

/** Whether two choices run the same model in the same variant. */
export function isSameChoice(a: ModelChoice, b: ModelChoice): boolean {
  return a.model === b.model && (a.variant ?? noVariant) === (b.variant ?? noVariant);
}

/** A choice in words: `provider/model (variant)`. */
export function choiceInWords({ model, variant }: ModelChoice): string {
  const isPlain = variant === undefined || variant === noVariant;
  return `${model ?? texts.agents.opencodesModel}${isPlain ? "" : ` (${variant})`}`;
}

// opencode 1.18 names a model in two ways: `id` for a session, `modelID` for a prompt.

/** A model (`provider/model`) as a session is given it. */
export function sessionModel(name: string): { providerID: string; id: string } {
  const [providerID = "", ...rest] = name.split("/");
  return { providerID, id: rest.join("/") };
}

/** A model (`provider/model`) as a prompt is given it. */
export function promptModel(name: string): { providerID: string; modelID: string } {
  const { providerID, id } = sessionModel(name);
  return { providerID, modelID: id };
}
