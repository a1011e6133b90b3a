import { say } from "../../outbox/say.ts";
import { laneOf } from "../../prompts/lane.ts";
import { wantAbort } from "../../prompts/queue.ts";
import { texts } from "../../texts/texts.ts";
import { agentArgument, type AgentArgumentServices } from "../agent-argument.ts";
import type { Command } from "../context.ts";

/** How a button names the turn that it is about: by its prompt, or 0 for one that no prompt began. */
const turnMark = /^(\S+) --turn (\d+)$/;

/** Ends the turn that runs; what waits goes on. */
export const abort = (services: AgentArgumentServices): Command => ({
  name: "abort",
  group: "queue",
  argument: texts.arguments.abort,
  description: texts.commands.abort,
  details: texts.details.abort,
  isFast: true,
  asksWhenOld: true,
  async run(context, argument) {
    const [, named = argument, turn] = turnMark.exec(argument) ?? [];
    const agent = await agentArgument(context, services, "abort", named);
    if (!agent) return;
    const { name } = agent;
    context.work.addEffect(async (transaction) => {
      const { running } = await laneOf(transaction, name);
      const isMeant =
        running.some(({ id }) => id === Number(turn)) || (turn === "0" && !running[0]);
      if (turn !== undefined && !isMeant) {
        return say(transaction, context.conversation, texts.queue.turnOver({ agent: name }));
      }
      const { kind } = await wantAbort(transaction, name);
      const words = kind === "aborting" ? texts.queue.aborting : texts.queue.nothingRuns;
      await say(transaction, context.conversation, words({ agent: name }));
    });
  },
});
