import type { Agents } from "../../agents/agents.ts";
import type { Conversations } from "../../agents/conversations.ts";
import { ageInWords } from "../../chat/age.ts";
import type { AgentOverview, AgentStatus } from "../../runner/agent-status.ts";
import { answer, type Command } from "../context.ts";
import { pageButtons, pageOf } from "../pages.ts";
import { show } from "../view.ts";

/** What `/list` needs. */
export interface ListServices {
  agents: Agents;
  conversations: Conversations;
  agentStatus: AgentStatus;
}

const pageSize = 15;

/** Lists the agents, marks the one this conversation talks to, and offers to switch to each other one. */
export const list = ({ agents, conversations, agentStatus }: ListServices): Command => ({
  name: "list",
  group: "Agents",
  argument: "[page]",
  description: "the agents that run, and what each does",
  isFast: true,
  async run(context, argument) {
    const [mine, active] = await Promise.all([
      conversations.agentOf(context.conversation),
      agents.active(),
    ]);
    if (active.length === 0) {
      answer(context, "No agent is running. /start starts one.");
      return;
    }
    const page = pageOf(active, Number(argument || 1), pageSize);
    const overviews = await agentStatus.overview(page.items);
    const others = page.items.filter(({ name }) => name !== mine);
    show(context, {
      text: overviews.map((one) => lineOf(one, mine)).join("\n"),
      buttons: [
        ...others.map(({ name }) => [
          { label: `Switch to ${name}`, command: "switch", argument: name },
        ]),
        ...pageButtons(page, "list", (number) => `${number}`),
      ],
    });
  },
});

function lineOf({ agent, doing, since, waiting, context }: AgentOverview, mine: string): string {
  const age = since === undefined ? "" : ` for ${ageInWords(Date.now() - since)}`;
  const facts = [
    `${doing}${age}`,
    ...(waiting > 0 ? [`${waiting} waiting`] : []),
    ...(context === undefined ? [] : [`${context} % of its context used`]),
    ...(agent.yolo ? ["YOLO"] : []),
  ];
  return `${agent.name === mine ? "▸" : "·"} ${agent.name}: ${facts.join(", ")}`;
}
