import { conversationFromKey } from "../chat/conversation.ts";
import { say } from "../outbox/say.ts";
import { addSetting, takeSettings } from "../store/settings.ts";
import type { Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";

/** What of an agent can fail for a while: opencode for it, or its terminal. The value begins keys of the store. */
type Failing = "outage" | "terminal";

const wording = {
  outage: { begins: texts.outages.opencode, ends: texts.outages.opencodeIsBack },
  terminal: { begins: texts.outages.terminal, ends: texts.outages.terminalIsBack },
};

/** Tells a conversation of an outage, unless it was told of that one already. */
export async function sayOutage(
  transaction: Transaction,
  failing: Failing,
  { agent, conversation }: { agent: string; conversation: string },
): Promise<void> {
  const key = `${prefixOf(failing, agent)}${conversation}`;
  if (!(await addSetting(transaction, key, conversation))) return;
  const text = wording[failing].begins({ agent });
  await say(transaction, conversationFromKey(conversation), text);
}

/** Tells every conversation that was told of an outage that it is over. */
export async function sayOutageOver(
  transaction: Transaction,
  failing: Failing,
  agent: string,
): Promise<void> {
  for (const conversation of await takeSettings(transaction, prefixOf(failing, agent))) {
    const text = wording[failing].ends({ agent });
    await say(transaction, conversationFromKey(conversation), text);
  }
}

/** Who was told of an agent's outages hears of their end under the name it is now called. */
export async function renameOutages(
  transaction: Transaction,
  name: string,
  newName: string,
): Promise<void> {
  for (const failing of ["outage", "terminal"] as const) {
    for (const conversation of await takeSettings(transaction, prefixOf(failing, name))) {
      const key = `${prefixOf(failing, newName)}${conversation}`;
      await addSetting(transaction, key, conversation);
    }
  }
}

// Agents' names have no space.
function prefixOf(failing: Failing, agent: string): string {
  return `${failing} ${agent} `;
}
