import type { Agents } from "../../agents/agents.ts";
import type { Conversations } from "../../agents/conversations.ts";
import { onOneLine } from "../../chat/hidden.ts";
import type { Outbox } from "../../outbox/outbox.ts";
import type { Prompts } from "../../prompts/prompts.ts";
import type { AgentStatus } from "../../runner/agent-status.ts";
import { texts } from "../../texts/texts.ts";
import { agentArgument } from "../agent-argument.ts";
import { requirePatience } from "../ask-opencode.ts";
import { answer, type Command } from "../context.ts";

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
    const [doing, next, { running, waiting }, { isHeld }, unsent, warning] = await Promise.all([
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
    const lines = [
      (isActive ? (yolo ? words.agentYolo : words.agent) : words.agentStopped)({ agent: name }),
      words.state({ doing }),
      words.folder({ folder: onOneLine(directory) }),
      ...(next === undefined ? [] : [words.mode(next), words.model(next)]),
      words.prompts({ running, waiting }),
      ...(isHeld ? [words.held] : []),
      ...(unsent > 0 ? [words.unsent({ count: unsent })] : []),
      ...(warning === undefined ? [] : [warning]),
    ];
    answer(context, lines.join("\n"));
  },
});
