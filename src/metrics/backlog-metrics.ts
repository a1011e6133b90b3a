import { Gauge, type Registry } from "prom-client";
import { cardsBacklog } from "../cards/card-table.ts";
import { inboxBacklog } from "../inbox/inbox.ts";
import { outboxBacklog } from "../outbox/backlog.ts";
import { countOpen, oldestWaiting } from "../prompts/counts.ts";
import type { Transaction } from "../store/store.ts";

/** What waits in the store. */
async function readBacklog(transaction: Transaction) {
  return {
    updates: await inboxBacklog(transaction),
    prompts: await countOpen(transaction),
    oldest: await oldestWaiting(transaction),
    calls: await outboxBacklog(transaction),
    cards: await cardsBacklog(transaction),
  };
}

/** Reads what waits, each time it is called; see `MetricSources.store`. */
export function watchBacklog(
  registry: Registry,
): (transaction: Transaction) => Promise<() => void> {
  const registers = [registry];
  const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Gauge({ name, help, labelNames, registers });
  const updates = gauge("switchboard_updates_waiting", "Updates that were not handled yet.");
  const update = gauge(
    "switchboard_updates_oldest_seconds",
    "Age of the oldest of these updates; 0 without one.",
  );
  const prompts = gauge(
    "switchboard_prompts",
    "Prompts that have not ended, by state and path; the path is none before the first attempt.",
    "state",
    "path",
  );
  const prompt = gauge(
    "switchboard_prompts_oldest_seconds",
    "Age of the oldest prompt that waits, behind a turn or behind nothing; held agents are left out.",
    "behind",
  );
  const calls = gauge("switchboard_outbox_calls", "Telegram calls that wait, by state.", "state");
  const call = gauge(
    "switchboard_outbox_oldest_seconds",
    "Age of the oldest of these calls; 0 without one.",
  );
  const cards = gauge(
    "switchboard_cards",
    "Decisions that agents wait for; an answered one is not passed on yet.",
    "kind",
    "state",
  );
  const card = gauge(
    "switchboard_cards_oldest_seconds",
    "Age of the oldest decision that an operator has not made; 0 without one.",
  );

  return async (transaction) => {
    const read = await readBacklog(transaction);
    return () => {
      updates.set(read.updates.waiting);
      update.set(ageOf(read.updates.since));
      prompts.reset();
      for (const { state, path, prompts: n } of read.prompts) {
        prompts.set({ state, path: path ?? "none" }, n);
      }
      prompt.set({ behind: "nothing" }, ageOf(read.oldest.atRest));
      prompt.set({ behind: "turn" }, ageOf(read.oldest.atWork));
      calls.reset();
      for (const { state, calls: n } of read.calls) calls.set({ state }, n);
      call.set(ageOf(...read.calls.map(({ since }) => since)));
      cards.reset();
      for (const { kind, state, cards: n } of read.cards) cards.set({ kind, state }, n);
      const open = read.cards.filter(({ state }) => state === "open");
      card.set(ageOf(...open.map(({ since }) => since)));
    };
  };
}

/** Seconds since the oldest of some moments; 0 without one, and where the clock was set back. */
function ageOf(...times: (number | undefined)[]): number {
  const ages = times.flatMap((time) => (time === undefined ? [] : Date.now() - time));
  return Math.max(0, ...ages) / 1000;
}
