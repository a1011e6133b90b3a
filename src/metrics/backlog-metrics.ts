import { Gauge, type Registry } from "prom-client";
import { cardsBacklog } from "../cards/card-table.ts";
import { inboxBacklog } from "../inbox/inbox.ts";
import { outboxBacklog } from "../outbox/backlog.ts";
import { countOpen, oldestWaiting } from "../prompts/counts.ts";
import type { Transaction } from "../store/store.ts";

/** What waits in the store. */
export type Backlog = Awaited<ReturnType<typeof readBacklog>>;

/** Reads what waits in the store. */
export async function readBacklog(transaction: Transaction) {
  return {
    updates: await inboxBacklog(transaction),
    prompts: await countOpen(transaction),
    oldest: await oldestWaiting(transaction),
    calls: await outboxBacklog(transaction),
    cards: await cardsBacklog(transaction),
  };
}

// Shown as 0 when there is none.
const usualPrompts = [
  ["receiving", "none"],
  ["queued", "none"],
  ["delivering", "tmux"],
  ["delivering", "api"],
  ["running", "tmux"],
  ["running", "api"],
] as const;
const callStates = ["pending", "sending", "uncertain"];
const usualCards = [
  ["permission", "open"],
  ["permission", "answered"],
  ["question", "open"],
  ["question", "answered"],
] as const;

/** Registers gauges of what waits. The returned function sets them, or empties them when the state is not known. */
export function watchBacklog(registry: Registry): (backlog: Backlog | undefined) => void {
  const registers = [registry];
  const age = new Gauge({
    name: "switchboard_oldest_seconds",
    help: "Age of the oldest that waits, by kind; 0 when none does. What operators hold back does not count.",
    labelNames: ["of"],
    registers,
  });
  const updates = new Gauge({
    name: "switchboard_updates_waiting",
    help: "Stored updates that have not been handled yet.",
    labelNames: [],
    registers,
  });
  const prompts = new Gauge({
    name: "switchboard_prompts",
    help: "Prompts that have not ended, by state and path; the path is none before the first attempt.",
    labelNames: ["state", "path"],
    registers,
  });
  const calls = new Gauge({
    name: "switchboard_outbox_calls",
    help: "Telegram calls that wait, by state.",
    labelNames: ["state"],
    registers,
  });
  const cards = new Gauge({
    name: "switchboard_cards",
    help: "Decisions that agents wait for; an answered one has not been passed on yet.",
    labelNames: ["kind", "state"],
    registers,
  });

  return (backlog) => {
    for (const gauge of [age, updates, prompts, calls, cards]) gauge.reset();
    // `reset` makes it 0.
    if (!backlog) return updates.remove();
    updates.set(backlog.updates.waiting);
    for (const [state, path] of usualPrompts) prompts.set({ state, path }, 0);
    for (const { state, path, prompts: n } of backlog.prompts) {
      prompts.set({ state, path: path ?? "none" }, n);
    }
    for (const state of callStates) calls.set({ state }, 0);
    for (const { state, calls: n } of backlog.calls) calls.set({ state }, n);
    for (const [kind, state] of usualCards) cards.set({ kind, state }, 0);
    for (const { kind, state, cards: n } of backlog.cards) cards.set({ kind, state }, n);
    for (const [of, seconds] of Object.entries(agesIn(backlog))) age.set({ of }, seconds);
  };
}

function agesIn({ updates, oldest, calls, cards }: Backlog): Record<string, number> {
  const open = cards.filter(({ state }) => state === "open");
  return {
    update: ageOf(updates.since),
    prompt: ageOf(oldest.atRest),
    prompt_behind_turn: ageOf(oldest.atWork),
    call: ageOf(...calls.map(({ since }) => since)),
    card: ageOf(...open.map(({ since }) => since)),
  };
}

/** Seconds since the oldest of some moments; 0 without one, or when the clock was set back. */
function ageOf(...times: (number | undefined)[]): number {
  const ages = times.flatMap((time) => (time === undefined ? [] : Date.now() - time));
  return Math.max(0, ...ages) / 1000;
}
