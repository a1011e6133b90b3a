import { type Agent, type Agents, defaultAgent } from "../../agents/agents.ts";
import type { Conversations } from "../../agents/conversations.ts";
import { ageInWords } from "../../chat/age.ts";
import type { AgentOverview, AgentOverviews } from "../../runner/agent-overviews.ts";
import { texts } from "../../texts/texts.ts";
import { startButton } from "../again.ts";
import { type Command, show } from "../context.ts";
import { pageButtons, pageOf } from "../pages.ts";

/** What `/list` needs. */
export interface ListServices {
  agents: Agents;
  conversations: Conversations;
  overviews: Pick<AgentOverviews, "of">;
}

const pageSize = 15;
const mostStopped = 5;

/** Lists the agents, marks the one this conversation talks to, and offers to switch to each other one, or to start it. */
export const list = ({ agents, conversations, overviews }: ListServices): Command => ({
  name: "list",
  group: "agents",
  argument: texts.arguments.list,
  description: texts.commands.list,
  isFast: true,
  async run(context, argument) {
    const [mine, active, stopped] = await Promise.all([
      conversations.agentOf(context.conversation),
      agents.active(),
      agents.stopped(),
    ]);
    const starts = stopped.slice(0, mostStopped).map(({ name }) => [startButton(name)]);
    if (active.length === 0) {
      const buttons = starts.length > 0 ? starts : [[startButton(defaultAgent)]];
      return show(context, { text: texts.bot.noneRuns, buttons });
    }
    const page = pageOf(active, Number(argument || 1), pageSize);
    const isLast = page.number === page.count;
    const lines = (await overviews.of(page.items)).map((one) => lineOf(one, mine));
    const others = page.items.filter(({ name }) => name !== mine);
    show(context, {
      text: [
        texts.bot.agentsHeading,
        ...lines,
        ...(isLast && stopped.length > 0 ? [stoppedLine(stopped)] : []),
      ].join("\n"),
      buttons: [
        ...others.map(({ name }) => [
          { label: texts.bot.switchTo({ agent: name }), command: "switch", argument: name },
        ]),
        ...(isLast ? starts : []),
        ...pageButtons(page, "list", (number) => `${number}`),
      ],
    });
  },
});

function stoppedLine(stopped: readonly Agent[]): string {
  const named = stopped.slice(0, mostStopped);
  return texts.bot.stoppedAgents({
    names: named.map(({ name }) => name).join(", "),
    more: stopped.length - named.length,
  });
}

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
