import { putSetting, settingOf } from "../store/settings.ts";
import type { Transaction } from "../store/store.ts";
import type { AgentRow } from "./agent.ts";

/** A model, and when it was chosen or used last. */
export interface RecentModel {
  /** `provider/model`. */
  model: string;
  /** Milliseconds since the epoch. */
  at: number;
}

const key = "recent models";
const mostKept = 10;

/**
 * Remembers which models operators have chosen, and those that their agents ran before: a session tells the
 * last one alone. The ten newest are kept.
 */
export async function noteModels(
  transaction: Transaction,
  models: readonly RecentModel[],
): Promise<void> {
  const kept = newestOnce([...models, ...(await noted(transaction))]).slice(0, mostKept);
  await putSetting(transaction, key, JSON.stringify(kept));
}

/** The models that were noted, and those that agents, stopped ones too, are to run by; the newest first. */
export async function recentModels(transaction: Transaction): Promise<RecentModel[]> {
  const chosen = await transaction.all<Pick<AgentRow, "model" | "chosen_at">>(
    "SELECT model, chosen_at FROM agents WHERE model IS NOT NULL AND chosen_at IS NOT NULL",
  );
  const ofAgents = chosen.flatMap(({ model, chosen_at: at }) =>
    model === null || at === null ? [] : [{ model, at }],
  );
  return newestOnce([...(await noted(transaction)), ...ofAgents]);
}

/** Each model once, the newest first. */
export function newestOnce(models: readonly RecentModel[]): RecentModel[] {
  const sorted = models.toSorted((a, b) => b.at - a.at);
  const seen = new Set<string>();
  return sorted.filter(({ model }) => !seen.has(model) && seen.add(model));
}

async function noted(transaction: Transaction): Promise<RecentModel[]> {
  return JSON.parse((await settingOf(transaction, key)) ?? "[]") as RecentModel[];
}
