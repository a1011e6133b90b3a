import { agentNamed } from "../agents/identity.ts";
import { laneOf } from "../prompts/lane.ts";
import type { Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import { agentButton } from "./agent-buttons.ts";
import { sendView, type ViewPlace } from "./view.ts";

/**
 * Says of a prompt that was just added, and of what waits with it, that it is held: after a turn was stopped
 * nothing is delivered until an operator chooses. Nothing is said where that was chosen, or nothing is held.
 */
export async function tellOfChoice(
  transaction: Transaction,
  place: ViewPlace,
  agent: string,
): Promise<void> {
  const { isUndecided, waiting } = await laneOf(transaction, agent);
  const known = isUndecided ? await agentNamed(transaction, agent) : undefined;
  if (!known) return;
  const button = agentButton(texts.queue.goOn, "queue", known, "--continue ");
  await sendView(transaction, place, {
    text: texts.queue.chooseFirst({ agent, count: waiting.length }),
    buttons: [[{ ...button, edits: true }]],
  });
}
