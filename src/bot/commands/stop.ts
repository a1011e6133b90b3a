import type { Agents } from "../../agents/agents.ts";
import type { Conversations } from "../../agents/conversations.ts";
import { say } from "../../outbox/say.ts";
import type { AgentStatus } from "../../runner/agent-status.ts";
import type { Lifecycle } from "../../runner/lifecycle.ts";
import { answer, type Command } from "../context.ts";
import { notRunning } from "./switch.ts";

/** What `/stop` needs. */
export interface StopServices {
  agents: Agents;
  conversations: Conversations;
  lifecycle: Lifecycle;
  agentStatus: AgentStatus;
}

/** Stops an agent: its turn, its terminal, and the prompts that wait for it. */
export const stop = (services: StopServices): Command => ({
  name: "stop",
  argument: "[name]",
  description: "end an agent",
  isFast: true,
  asksWhenOld: true,
  async run(context, argument) {
    const { agents, conversations, lifecycle, agentStatus } = services;
    const { conversation, work } = context;
    const name = argument || (await conversations.agentOf(conversation));
    const agent = await agents.get(name);
    if (!agent) {
      answer(context, notRunning(name));
      return;
    }
    const { isReachable } = agentStatus;
    work.addEffect(async (transaction) => {
      const { prompts, replies } = await lifecycle.stop(transaction, agent.name);
      const lines = [`${agent.name} stopped. /start ${agent.name} begins without its memory.`];
      if (prompts > 0) lines.push(`${prompts} ${messages(prompts)} cancelled.`);
      if (replies > 0) lines.push(`${replies} ${messages(replies)} of ${agent.name} not sent.`);
      if (!isReachable) {
        lines.push("opencode is not responding; a turn that runs there is ended when it is back.");
      }
      await say(transaction, conversation, lines.join("\n"));
    });
  },
});

const messages = (count: number) => (count === 1 ? "message" : "messages");
