import { agentNamed } from "../agents/identity.ts";
import { laneOf } from "../prompts/lane.ts";
import { continueAgent, hold } from "../prompts/queue.ts";
import { addSetting, takeSettings } from "../store/settings.ts";
import type { Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import { agentButton, type Named } from "./agent-buttons.ts";
import { sendView, type ViewPlace } from "./view.ts";

/**
 * Says of a prompt that was just added, and of what waits with it, that it is held: after a turn was stopped
 * nothing is delivered until an operator chooses. Where one chose to hold the agent, each of the others is told
 * once.
 */
export async function tellOfChoice(
  transaction: Transaction,
  place: ViewPlace,
  agent: string,
): Promise<void> {
  const { isHeld, isUndecided, waiting } = await laneOf(transaction, agent);
  const known = isHeld ? await agentNamed(transaction, agent) : undefined;
  if (!known) return;
  if (!isUndecided && !(await countAsTold(transaction, known, place.operator))) return;
  const button = agentButton(texts.queue.goOn, "queue", known, "--continue ");
  await sendView(transaction, place, {
    text: texts.queue.chooseFirst({ agent, count: waiting.length }),
    buttons: [[{ ...button, edits: true }]],
  });
}

/** Holds an agent, or lets it continue, as an operator chose: that one knows of it, and nobody else does yet. */
export async function chooseHold(
  transaction: Transaction,
  agent: Named,
  isHeld: boolean,
  operator: number | undefined,
): Promise<void> {
  await (isHeld ? hold : continueAgent)(transaction, agent.name);
  await takeSettings(transaction, prefixOf(agent));
  if (isHeld) await countAsTold(transaction, agent, operator);
}

/** Counts an operator as told that an agent is held; false when they knew. */
function countAsTold(
  transaction: Transaction,
  agent: Named,
  operator: number | undefined,
): Promise<boolean> {
  return addSetting(transaction, `${prefixOf(agent)}${operator}`, "");
}

function prefixOf({ id }: Named): string {
  return `held ${id} `;
}
