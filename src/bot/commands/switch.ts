import type { Agents } from "../../agents/agents.ts";
import { useConversation } from "../../agents/conversations.ts";
import { shortened } from "../../chat/formatted-text.ts";
import { answer, type Command } from "../context.ts";

/** What `/switch` needs. */
export interface SwitchServices {
  agents: Agents;
}

/** Talks to another agent from now on. */
export const switchAgent = ({ agents }: SwitchServices): Command => ({
  name: "switch",
  argument: "<name>",
  description: "talk to another agent",
  async run(context, argument) {
    const { conversation, work } = context;
    if (!argument) {
      answer(context, "Name the agent, as in /switch website. /list shows those that are running.");
      return;
    }
    const agent = await agents.get(argument);
    if (agent?.state !== "active") {
      answer(context, notRunning(argument));
      return;
    }
    work.addEffect((transaction) => useConversation(transaction, conversation, agent.name));
    answer(context, `Connected to ${agent.name}. Send a task, or /help.`);
  },
});

/** What to answer when no agent of that name runs. */
export function notRunning(name: string): string {
  return `No agent “${shortened(name, 40)}” is running. /list shows those that are.`;
}
