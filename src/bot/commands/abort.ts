import { agentById } from "../../agents/identity.ts";
import { say } from "../../outbox/say.ts";
import { type AbortOutcome, type ShownTurn, wantAbort } from "../../prompts/queue.ts";
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
  details: texts.details.abort,
  isUrgent: true,
  asksWhenOld: true,
  async run(context, argument) {
    const [, named = argument, mark] = turnMark.exec(argument) ?? [];
    const agent = await agentArgument(context, services, "abort", named);
    if (!agent) return;
    const { conversation } = context;
    const turn = mark === undefined ? undefined : turnOf(mark);
    context.work.addEffect(async (transaction) => {
      const { name, state } = (await agentById(transaction, agent.id)) ?? agent;
      if (state !== "active") {
        return say(transaction, conversation, texts.bot.stoppedAgent({ agent: name }));
      }
      const wanted = { turn, conversation: conversation.key };
      const outcome = await wantAbort(transaction, name, wanted);
      await say(transaction, conversation, wordsOf(outcome)({ agent: name }));
    });
  },
});

function turnOf(mark: string): ShownTurn {
  return mark.startsWith("msg_") ? { messageId: mark } : { prompt: Number(mark) };
}

function wordsOf(outcome: AbortOutcome): (values: { agent: string }) => string {
  const { queue } = texts;
  if (outcome.kind === "over") return queue.turnOver;
  // Whether a turn runs that no prompt began is known later, and said if it was stopped.
  if (outcome.kind === "no prompt") return queue.stopsOther;
  // opencode 1.18 has no turn yet while a template runs its shell, and no way to end that.
  const isComing = outcome.prompts.every(
    ({ kind, state }) => kind === "command" && state === "delivering",
  );
  return isComing ? queue.abortingCommand : queue.aborting;
}
