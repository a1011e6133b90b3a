import type { Agents } from "../../agents/agents.ts";
import type { Conversations } from "../../agents/conversations.ts";
import type { Outbox } from "../../outbox/outbox.ts";
import type { Prompts } from "../../prompts/prompts.ts";
import type { AgentStatus } from "../../runner/agent-status.ts";
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

/** Says what the agent of this conversation does and what waits. */
export const status = (services: StatusServices): Command => ({
  name: "status",
  description: "what the agent does now",
  isFast: true,
  async run(context) {
    const { agents, conversations, prompts, outbox, agentStatus, serverCheck } = services;
    const name = await conversations.agentOf(context.conversation);
    const agent = await agents.get(name);
    const [doing, next, { running, waiting }, unsent, warning] = await Promise.all([
      agentStatus.describe(name),
      agentStatus.nextPrompt(name),
      prompts.counts(name),
      outbox.waiting(),
      serverCheck.warning(),
    ]);
    const lines = [
      `Agent: ${name}${agent?.state === "active" ? "" : ` (stopped; /start ${name} starts it)`}`,
      `State: ${doing}`,
      ...(next === undefined ? [] : [`Next prompt: ${next}`]),
      `Prompts: ${running} running, ${waiting} waiting`,
    ];
    if (unsent > 0) lines.push(`Messages waiting for Telegram: ${unsent}`);
    if (warning !== undefined) lines.push(warning);
    answer(context, lines.join("\n"));
  },
});
