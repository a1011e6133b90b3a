import { say } from "../../outbox/say.ts";
import { wantAbort } from "../../prompts/queue.ts";
import { texts } from "../../texts/texts.ts";
import { agentArgument, type AgentArgumentServices } from "../agent-argument.ts";
import type { Command } from "../context.ts";

/** Ends the turn that runs; what waits goes on. */
export const abort = (services: AgentArgumentServices): Command => ({
  name: "abort",
  group: "queue",
  argument: texts.arguments.abort,
  description: texts.commands.abort,
  isFast: true,
  asksWhenOld: true,
  async run(context, argument) {
    const agent = await agentArgument(context, services, "abort", argument);
    if (!agent) return;
    const { name } = agent;
    context.work.addEffect(async (transaction) => {
      const { kind } = await wantAbort(transaction, name);
      const words = kind === "aborting" ? texts.queue.aborting : texts.queue.nothingRuns;
      await say(transaction, context.conversation, words({ agent: name }));
    });
  },
});
