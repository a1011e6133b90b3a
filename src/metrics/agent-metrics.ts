import { Counter, Histogram, type Registry } from "prom-client";
import type { FallbackReason } from "../delivery/delivery.ts";
import { onPromptEnded, type PromptEnd } from "../prompts/ended.ts";
import type { TurnReportsEvents } from "../turns/turn-events.ts";
import { labelOf } from "./labels.ts";
import type { MetricSources } from "./sources.ts";

const secondMs = 1000;
const ends: PromptEnd[] = ["done", "failed", "cancelled"];
const turnEnds: TurnReportsEvents["ended"][0]["end"][] = [
  "finished",
  "stopped",
  "failed",
  "rejected",
  "cut off",
  "not taken",
];
const reasons: FallbackReason[] = [
  "files",
  "text",
  "sent now",
  "again",
  "asks",
  "not ready",
  "mode",
  "not taken",
  "tmux failed",
];

/** Counts prompts, turns and cards, until the function that it returns is called. */
export function countAgents(
  registry: Registry,
  sources: Pick<MetricSources, "store" | "delivery" | "turnReports" | "cards">,
): () => void {
  countDeliveries(registry, sources);
  countTurns(registry, sources);
  const registers = [registry];
  const shown = new Counter({
    name: "switchboard_cards_total",
    help: "Decisions that agents have asked for.",
    labelNames: ["kind"],
    registers,
  });
  for (const kind of ["permission", "question"]) shown.inc({ kind }, 0);
  sources.cards.on("shown", (kind) => shown.inc({ kind }));

  const ended = new Counter({
    name: "switchboard_prompts_ended_total",
    help: "Prompts that have ended.",
    labelNames: ["outcome"],
    registers,
  });
  for (const outcome of ends) ended.inc({ outcome }, 0);
  return onPromptEnded(sources.store, (outcome) => ended.inc({ outcome }));
}

function countDeliveries(registry: Registry, { delivery }: Pick<MetricSources, "delivery">): void {
  const registers = [registry];
  const seconds = new Histogram({
    name: "switchboard_delivery_seconds",
    help: "How long deliveries took, from their start until opencode had the prompt.",
    labelNames: ["path"],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  for (const path of ["tmux", "api"]) seconds.zero({ path });
  const fallbacks = new Counter({
    name: "switchboard_delivery_fallbacks_total",
    help: "Prompts that were posted although DELIVERY=tmux, by the reason.",
    labelNames: ["reason"],
    registers,
  });
  for (const reason of reasons) fallbacks.inc({ reason: labelOf(reason) }, 0);
  delivery.on("delivered", ({ path, ms, fallback }) => {
    seconds.observe({ path }, ms / secondMs);
    if (fallback) fallbacks.inc({ reason: labelOf(fallback) });
  });
}

function countTurns(registry: Registry, { turnReports }: Pick<MetricSources, "turnReports">): void {
  const registers = [registry];
  const turns = new Counter({
    name: "switchboard_turns_total",
    help: "Turns that have ended, by who began them and how they ended.",
    labelNames: ["began", "end"],
    registers,
  });
  for (const end of turnEnds) {
    for (const began of ["prompt", "elsewhere"]) turns.inc({ began, end: labelOf(end) }, 0);
  }
  const seconds = new Histogram({
    name: "switchboard_turn_seconds",
    help: "How long the turns of prompts took, from typing or posting the prompt to the report of the end.",
    buckets: [1, 5, 15, 60, 300, 900, 3600, 14_400],
    registers,
  });
  turnReports.on("ended", ({ end, ms }) => {
    turns.inc({ began: ms === undefined ? "elsewhere" : "prompt", end: labelOf(end) });
    if (ms !== undefined) seconds.observe(ms / secondMs);
  });
}
