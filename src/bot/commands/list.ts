import type { Agents } from "../../agents/agents.ts";
import type { Conversations } from "../../agents/conversations.ts";
import { ageInWords } from "../../chat/age.ts";
import type { AgentOverview, AgentOverviews } from "../../runner/agent-overviews.ts";
import { texts } from "../../texts/texts.ts";
import { answer, type Command, show } from "../context.ts";
import { agentMark } from "../view.ts";
import { pageButtons, pageOf } from "../pages.ts";

/** What `/list` needs. */
export interface ListServices {
  agents: Agents;
  conversations: Conversations;
  overviews: Pick<AgentOverviews, "of">;
}

const pageSize = 15;

/** Lists the agents, marks the one this conversation talks to, and offers to switch to each other one. */
export const list = ({ agents, conversations, overviews }: ListServices): Command => ({
  name: "list",
  group: "agents",
  argument: texts.arguments.list,
  description: texts.commands.list,
  isFast: true,
  async run(context, argument) {
    const [mine, active] = await Promise.all([
      conversations.agentOf(context.conversation),
      agents.active(),
    ]);
    if (active.length === 0) return answer(context, texts.bot.noneRuns);
    const page = pageOf(active, Number(argument || 1), pageSize);
    const lines = (await overviews.of(page.items)).map((one) => lineOf(one, mine));
    const others = page.items.filter(({ name }) => name !== mine);
    show(context, {
      text: lines.join("\n"),
      buttons: [
        ...others.map(({ id, name }) => [
          {
            label: texts.bot.switchTo({ agent: name }),
            command: "switch",
            argument: agentMark,
            of: id,
          },
        ]),
        ...pageButtons(page, "list", (number) => `${number}`),
      ],
    });
  },
});

function lineOf({ agent, doing, since, waiting, contextPercent }: AgentOverview, mine: string) {
  const { facts } = texts.bot;
  const age = since === undefined ? undefined : ageInWords(Date.now() - since);
  return texts.bot.agentLine({
    mark: agent.name === mine ? "▸" : "·",
    agent: agent.name,
    facts: [
      age === undefined ? doing : facts.since({ doing, age }),
      ...(waiting > 0 ? [facts.waiting({ count: waiting })] : []),
      ...(contextPercent === undefined ? [] : [facts.context({ percent: contextPercent })]),
      ...(agent.yolo ? [facts.yolo] : []),
    ].join(", "),
  });
}
