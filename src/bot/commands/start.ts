import { defaultAgent, isAgentName } from "../../agents/agents.ts";
import { useConversation } from "../../agents/conversations.ts";
import { say } from "../../outbox/say.ts";
import type { AgentStatus } from "../../runner/agent-status.ts";
import type { Lifecycle } from "../../runner/lifecycle.ts";
import { answer, type Command } from "../context.ts";

/** What `/start` needs. */
export interface StartServices {
  lifecycle: Lifecycle;
  agentStatus: AgentStatus;
}

/** Starts an agent, or greets one that runs, and talks to it from now on. */
export const start = ({ lifecycle, agentStatus }: StartServices): Command => ({
  name: "start",
  argument: "[name]",
  description: "start an agent and talk to it",
  async run(context, argument) {
    const { conversation, work } = context;
    const name = argument || defaultAgent;
    if (!isAgentName(name)) {
      answer(context, "A name is 1 to 32 letters, digits, - or _. Try /start website");
      return;
    }
    const wait = agentStatus.isReachable
      ? ""
      : "\nopencode is not responding. Your messages are saved and wait for it.";
    const fault = agentStatus.isReachable ? await agentStatus.modelFault() : undefined;
    const advice = fault === undefined ? "" : `\n${fault}`;
    work.addEffect(async (transaction) => {
      const outcome = await lifecycle.start(transaction, name);
      await useConversation(transaction, conversation, name);
      const words =
        outcome === "started"
          ? `${name} is starting. Send a task, or /help.`
          : `Connected to ${name}. Send a task, or /help.`;
      await say(transaction, conversation, `${words}${wait}${advice}`);
    });
  },
});
