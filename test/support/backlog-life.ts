import { addCard } from "../../src/cards/card-table.ts";
import { readBacklog } from "../../src/metrics/backlog-metrics.ts";
import { addPrompt, Prompts } from "../../src/prompts/prompts.ts";
import type { Store } from "../../src/store/store.ts";
import { permission } from "./reconciling.ts";
import { newPrompt } from "./prompts.ts";
import { startWith } from "./session.ts";

/** What the store tells the metrics of what waits, without when it began. */
export async function backlogAnswers(store: Store): Promise<unknown[]> {
  const prompts = new Prompts(store);
  for (const name of ["busy", "idle"]) await startWith(store, name, `ses_of_${name}`);
  const add = (id: number, agent: string, sentAt: number) =>
    store.write((transaction) => addPrompt(transaction, newPrompt(id, { agent, sentAt })));
  await add(9001, "busy", 1);
  const first = (await prompts.head("busy"))!;
  await prompts.attempt(first, { path: "api", sessionId: "ses_of_busy" });
  await add(9002, "busy", 2);
  await add(9003, "idle", 3);
  const card = { agent: "busy", conversation: "1000", operator: undefined, context: {} };
  await store.write((transaction) => addCard(transaction, { ...card, decision: permission }));
  const { updates, calls, cards, ...rest } = await store.read(readBacklog);
  const sinceless = [updates, ...calls, ...cards].map(({ since, ...one }) => [one, typeof since]);
  return [sinceless, rest];
}
