import { defaultAgent, isAgentName } from "../../agents/agents.ts";
import { useConversation } from "../../agents/conversations.ts";
import { answer, type Command } from "../context.ts";

/** Starts an agent, or greets one that runs, and talks to it from now on. */
export const start: Command = {
  name: "start",
  argument: "[name]",
  description: "start an agent and talk to it",
  async run(context, argument) {
    const name = argument || defaultAgent;
    if (!isAgentName(name)) {
      answer(context, "A name is 1 to 32 letters, digits, - or _. Try /start website");
      return;
    }
    const outcome = await context.parts.life.start(name);
    context.work.keep((transaction) => useConversation(transaction, context.where, name));
    const isUp = context.parts.life.isReachable;
    const wait = isUp ? "" : "\nopencode is not reachable now; what you write waits for it.";
    answer(
      context,
      outcome === "started"
        ? `${name} is starting. What you write goes to it.${wait}`
        : `You are talking to ${name}. What you write goes to it.${wait}`,
    );
  },
};
