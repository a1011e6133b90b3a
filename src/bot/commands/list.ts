import type { Agents } from "../../agents/agents.ts";
import type { Conversations } from "../../agents/conversations.ts";
import type { Prompts } from "../../prompts/prompts.ts";
import { answer, type Command } from "../context.ts";

/** What `/list` needs. */
export interface ListServices {
  agents: Agents;
  conversations: Conversations;
  prompts: Prompts;
}

/** Lists the agents and marks the one this conversation talks to. */
export const list = ({ agents, conversations, prompts }: ListServices): Command => ({
  name: "list",
  description: "the agents that run",
  isFast: true,
  async run(context) {
    const mine = await conversations.agentOf(context.conversation);
    const active = await agents.active();
    if (active.length === 0) {
      answer(context, "No agent is running. /start starts one.");
      return;
    }
    const lines = await Promise.all(
      active.map(async ({ name }) => {
        const { running, waiting } = await prompts.counts(name);
        const doing = [
          ...(running > 0 ? ["working"] : []),
          ...(waiting > 0 ? [`${waiting} waiting`] : []),
        ];
        const mark = name === mine ? "▸" : "·";
        return `${mark} ${name}${doing.length > 0 ? `: ${doing.join(", ")}` : ""}`;
      }),
    );
    answer(context, lines.join("\n"));
  },
});
