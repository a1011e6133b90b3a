import type { Agents } from "../../agents/agents.ts";
import type { Conversations } from "../../agents/conversations.ts";
import { onOneLine } from "../../chat/hidden.ts";
import type { Outbox } from "../../outbox/outbox.ts";
import type { Prompts } from "../../prompts/prompts.ts";
import type { AgentStatus } from "../../runner/agent-status.ts";
import { texts } from "../../texts/texts.ts";
import { agentArgument } from "../agent-argument.ts";
import { requirePatience } from "../ask-opencode.ts";
import { ageInWords } from "../../chat/age.ts";
import { agentButton, type Named, startButton } from "../agent-buttons.ts";
import { type Command, show } from "../context.ts";
import type { ViewButton } from "../view.ts";

/** What `/status` needs. */
export interface StatusServices {
  agents: Agents;
  conversations: Conversations;
  prompts: Prompts;
  outbox: Outbox;
  agentStatus: AgentStatus;
  /** What the operator has to know of the opencode server. */
  serverCheck: { warning(): Promise<string | undefined> };
}

/** Says what an agent does and what waits. */
export const status = (services: StatusServices): Command => ({
  name: "status",
  group: "agents",
  argument: texts.arguments.status,
  description: texts.commands.status,
  isFast: true,
  async run(context, argument) {
    const { prompts, outbox, agentStatus, serverCheck } = services;
    const agent = await agentArgument(context, services, "status", argument);
    if (!agent) return;
    const { name, yolo, directory } = agent;
    const [doing, next, { running, waiting }, lane, unsent, warning] = await Promise.all([
      agentStatus.describe(name),
      agentStatus.nextPrompt(name),
      prompts.counts(name),
      prompts.lane(name),
      outbox.waiting(),
      serverCheck.warning(),
    ]);
    requirePatience();
    const words = texts.bot.status;
    const isActive = agent.state === "active";
    const { isHeld } = lane;
    const since = doing === texts.agents.state.working ? lane.running[0]?.attemptedAt : undefined;
    const age = since === undefined ? undefined : ageInWords(Date.now() - since);
    const lines = [
      (yolo ? words.agentYolo : words.agent)({ agent: name }),
      words.state({ doing: age === undefined ? doing : texts.bot.facts.since({ doing, age }) }),
      words.folder({ folder: onOneLine(directory) }),
      ...(next === undefined ? [] : [words.mode(next), words.model(next)]),
      words.prompts({ running, waiting }),
      ...(isHeld ? [words.held] : []),
      ...(unsent > 0 ? [words.unsent({ count: unsent })] : []),
      ...(warning === undefined ? [] : [warning]),
    ];
    const known = { agent, isActive, isHeld, isBusy: running > 0, waiting };
    show(context, { text: lines.join("\n"), buttons: buttonsFor(known) });
  },
});

interface Known {
  agent: Named;
  isActive: boolean;
  isHeld: boolean;
  isBusy: boolean;
  waiting: number;
}

/** What an operator does next about an agent that is like this. */
function buttonsFor({ agent, isActive, isHeld, isBusy, waiting }: Known): ViewButton[][] {
  if (!isActive) return [[startButton(agent)]];
  const { labels } = texts.bot;
  const button = (label: string, command: string) => agentButton(label, command, agent);
  const goOn = agentButton(texts.queue.goOn, "queue", agent, "--continue ");
  return [
    ...(isHeld ? [[{ ...goOn, edits: true }]] : []),
    [
      button(labels.screen, "screen"),
      ...(waiting > 0 ? [button(labels.queue, "queue")] : []),
      ...(isBusy ? [button(labels.working, "working")] : []),
    ],
  ];
}
