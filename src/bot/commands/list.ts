import { type Agent, type Agents, defaultAgent } from "../../agents/agents.ts";
import type { Conversations } from "../../agents/conversations.ts";
import { ageInWords } from "../../chat/age.ts";
import type { AgentOverview, AgentOverviews } from "../../runner/agent-overviews.ts";
import { texts } from "../../texts/texts.ts";
import { agentButton, startButton } from "../agent-buttons.ts";
import { type Command, show } from "../context.ts";
import { pageButtons, pageOf } from "../pages.ts";
import type { ViewButton } from "../view.ts";

/** What `/list` needs. */
export interface ListServices {
  agents: Agents;
  conversations: Conversations;
  overviews: Pick<AgentOverviews, "of">;
}

const pageSize = 15;

/** Lists the agents, marks the one this conversation talks to, and offers to switch to or start each other. */
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
    const page = pageOf([...active, ...stopped], Number(argument || 1), pageSize);
    const known = await overviews.of(page.items.filter(isRunning));
    const lines = [
      ...known.map((one) => lineOf(one.agent, mine, factsOf(one))),
      ...page.items
        .filter((agent) => !isRunning(agent))
        .map((agent) => lineOf(agent, mine, [texts.agents.state.stopped])),
    ];
    const nobody = page.items.length === 0 ? [[startButton({ name: defaultAgent })]] : [];
    show(context, {
      text: [active.length > 0 ? texts.bot.agentsHeading : texts.bot.noneRuns, ...lines].join("\n"),
      buttons: [
        ...page.items.flatMap((agent) => buttonOf(agent, mine)).map((one) => [one]),
        ...nobody,
        ...pageButtons(page, "list", (number) => `${number}`),
      ],
    });
  },
});

function isRunning({ state }: Agent): boolean {
  return state === "active";
}

function buttonOf(agent: Agent, mine: string): ViewButton[] {
  const { name } = agent;
  if (!isRunning(agent)) return [startButton(agent)];
  return name === mine ? [] : [agentButton(texts.bot.switchTo({ agent: name }), "switch", agent)];
}

function lineOf({ name }: Agent, mine: string, facts: string[]): string {
  const mark = name === mine ? "▸" : "·";
  return texts.bot.agentLine({ mark, agent: name, facts: facts.join(", ") });
}

function factsOf({ agent, doing, since, waiting, contextPercent }: AgentOverview): string[] {
  const { facts } = texts.bot;
  const age = since === undefined ? undefined : ageInWords(Date.now() - since);
  return [
    age === undefined ? doing : facts.since({ doing, age }),
    ...(waiting > 0 ? [facts.waiting({ count: waiting })] : []),
    ...(contextPercent === undefined ? [] : [facts.context({ percent: contextPercent })]),
    ...(agent.yolo ? [facts.yolo] : []),
  ];
}
