import { agentById } from "../../agents/identity.ts";
import type { Prompt } from "../../prompts/prompt.ts";
import { type AbortOutcome, type ShownTurn, wantAbort } from "../../prompts/queue.ts";
import { texts } from "../../texts/texts.ts";
import { sayNotBegun } from "../../turns/stop-choice.ts";
import { agentArgument, type AgentArgumentServices, stoppedView } from "../agent-argument.ts";
import { agentButton, type Named } from "../agent-buttons.ts";
import type { Command } from "../context.ts";
import { sendView, type View } from "../view.ts";

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
    const { conversation, from, work } = context;
    const turn = mark === undefined ? undefined : turnOf(mark);
    work.addEffect(async (transaction) => {
      const now = (await agentById(transaction, agent.id)) ?? agent;
      const wanted = { turn, conversation: conversation.key };
      const place = { conversation, operator: from?.id };
      if (now.state !== "active")
        return void (await sendView(transaction, place, stoppedView(now)));
      const outcome = await wantAbort(transaction, now.name, wanted);
      if (context.callbackQuery && outcome.kind === "aborting" && !isComing(outcome.prompts)) {
        // The end of the turn follows at once: a message more would say the same.
        context.notice = texts.queue.aborting({ agent: now.name });
        return;
      }
      const isOnlyWaiting = outcome.kind === "no prompt" && turn === undefined;
      if (isOnlyWaiting && (await sayNotBegun(transaction, now.name, conversation))) return;
      await sendView(transaction, place, viewOf(now, outcome));
    });
  },
});

function turnOf(mark: string): ShownTurn {
  return mark.startsWith("msg_") ? { messageId: mark } : { prompt: Number(mark) };
}

/** What is said of a wish to abort, with what helps further. */
function viewOf(agent: Named, outcome: AbortOutcome): View {
  const { queue, bot } = texts;
  const values = { agent: agent.name };
  if (outcome.kind === "over") {
    // Its Stop is bound to the turn that it shows.
    const runs = agentButton(bot.labels.working, "working", agent);
    return { text: queue.turnOver(values), buttons: [[runs]] };
  }
  // Whether a turn runs that no prompt began is known later, and said if it was stopped.
  if (outcome.kind === "no prompt") return { text: queue.stopsOther(values) };
  return { text: (isComing(outcome.prompts) ? queue.abortingCommand : queue.aborting)(values) };
}

/** opencode 1.18 has no turn yet while a template runs its shell, and no way to end that. */
function isComing(prompts: readonly Prompt[]): boolean {
  return prompts.every(({ kind, state }) => kind === "command" && state === "delivering");
}
