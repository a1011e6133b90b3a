import { useConversation } from "../../agents/conversations.ts";
import { answer, type Command } from "../context.ts";

/** Talks to another agent from now on. */
export const switchAgent: Command = {
  name: "switch",
  argument: "<name>",
  description: "talk to another agent",
  async run(context, argument) {
    const agent = argument ? await context.parts.agents.get(argument) : undefined;
    if (agent?.state !== "active") {
      answer(context, "No such agent runs. /list shows those that do.");
      return;
    }
    context.work.keep((transaction) => useConversation(transaction, context.where, agent.name));
    answer(context, `You are talking to ${agent.name}.`);
  },
};
