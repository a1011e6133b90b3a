import { Counter, type Registry } from "prom-client";
import type { Arrival } from "../inbox/inbox.ts";
import { labelOf } from "./labels.ts";
import type { MetricSources } from "./sources.ts";

const arrivals: Arrival[] = ["stored", "repeated", "ignored", "refused", "not stored"];

/** Counts the updates that come in. */
export function countUpdates(
  registry: Registry,
  { inbox, inboxWorker }: Pick<MetricSources, "inbox" | "inboxWorker">,
): void {
  const registers = [registry];
  const arrived = new Counter({
    name: "switchboard_updates_total",
    help: "Posts to the webhook, by outcome.",
    labelNames: ["outcome"],
    registers,
  });
  for (const arrival of arrivals) arrived.inc({ outcome: labelOf(arrival) }, 0);
  inbox.on("arrived", (arrival) => arrived.inc({ outcome: labelOf(arrival) }));

  const handled = new Counter({
    name: "switchboard_updates_handled_total",
    help: "Stored updates that were handled; a failed one was given up, and its sender was told.",
    labelNames: ["outcome"],
    registers,
  });
  for (const outcome of ["done", "failed"]) handled.inc({ outcome }, 0);
  inboxWorker.on("ended", (outcome) => handled.inc({ outcome }));
}
