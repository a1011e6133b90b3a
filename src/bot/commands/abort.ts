import { isActive } from "../../agents/agents.ts";
import { say } from "../../outbox/say.ts";
import { type ShownTurn, wantAbort } from "../../prompts/queue.ts";
import { texts } from "../../texts/texts.ts";
import { agentArgument, type AgentArgumentServices } from "../agent-argument.ts";
import type { Command } from "../context.ts";

/** How a button names the turn that it is about: by its prompt, or by the message of one that no prompt began. */
const turnMark = /^(\S+) --turn (\d+|msg_\w+)$/;

/** The argument of a button that ends the turn it is shown for, and no other. */
export function abortArgument(agent: string, turn: ShownTurn): string {
  return `${agent} --turn ${"prompt" in turn ? turn.prompt : turn.messageId}`;
}

/** Ends the turn that runs, or the one that its button was shown for; what waits is held for a choice. */
export const abort = (services: AgentArgumentServices): Command => ({
  name: "abort",
  group: "queue",
  argument: texts.arguments.abort,
  description: texts.commands.abort,
  isUrgent: true,
  asksWhenOld: true,
  async run(context, argument) {
    const [, named = argument, mark] = turnMark.exec(argument) ?? [];
    const agent = await agentArgument(context, services, "abort", named);
    if (!agent) return;
    const { name } = agent;
    const { conversation } = context;
    const { queue } = texts;
    context.work.addEffect(async (transaction) => {
      if (!(await isActive(transaction, name))) {
        return say(transaction, conversation, queue.nothingRuns({ agent: name }));
      }
      const turn = mark === undefined ? undefined : turnOf(mark);
      const { kind } = await wantAbort(transaction, name, { turn, conversation: conversation.key });
      if (kind === "over") return say(transaction, conversation, queue.turnOver({ agent: name }));
      // Whether a turn runs that no prompt began is known later, and said if it was stopped.
      const words = kind === "aborting" ? queue.aborting : queue.stopsOther;
      await say(transaction, conversation, words({ agent: name }));
    });
  },
});

function turnOf(mark: string): ShownTurn {
  return mark.startsWith("msg_") ? { messageId: mark } : { prompt: Number(mark) };
}
