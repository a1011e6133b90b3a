import { agentById } from "../../agents/identity.ts";
import { say } from "../../outbox/say.ts";
import { laneOf } from "../../prompts/lane.ts";
import { wantAbort } from "../../prompts/queue.ts";
import { texts } from "../../texts/texts.ts";
import { agentArgument, type AgentArgumentServices, stoppedView } from "../agent-argument.ts";
import { agentButton } from "../agent-buttons.ts";
import type { Command } from "../context.ts";
import { type Otherwise, otherTurn, type OtherTurnServices } from "../other-turn.ts";
import { quoted } from "../quoted.ts";
import { sendView } from "../view.ts";

/** What `/abort` needs. */
export type AbortServices = AgentArgumentServices & OtherTurnServices;

/** How a button names the turn that it is about: by its prompt, else by its message, or 0 for any other. */
const turnMark = /^(\S+) --turn (\S+)$/;

/** Ends the turn that runs, whoever began it; what waits goes on. */
export const abort = (services: AbortServices): Command => ({
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
    const other = await otherTurn(services, agent);
    const { conversation, from, work } = context;
    work.addEffect(async (transaction) => {
      const place = { conversation, operator: from?.id };
      const now = (await agentById(transaction, agent.id)) ?? agent;
      const { name } = now;
      if (now.state !== "active") {
        return void (await sendView(transaction, place, stoppedView(now)));
      }
      const { running } = await laneOf(transaction, name);
      const ids = running.map(({ id }) => `${id}`);
      if (turn !== undefined && !isMeant(turn, ids, other)) {
        // Its Stop is bound to the turn that it shows.
        const runs = agentButton(texts.bot.labels.working, "working", now);
        const text = texts.queue.turnOver({ agent: name });
        return void (await sendView(transaction, place, { text, buttons: [[runs]] }));
      }
      const { kind } = await wantAbort(transaction, name);
      // opencode 1.18 has no turn yet while a template runs its shell, and no way to end that.
      const isComing = running.every((one) => one.kind === "command" && one.state === "delivering");
      const aborting = isComing ? texts.queue.abortingCommand : texts.queue.aborting;
      if (kind !== "aborting") return say(transaction, conversation, said(name, other));
      const waits = agentButton(texts.bot.labels.queue, "queue", now);
      await sendView(transaction, place, { text: aborting({ agent: name }), buttons: [[waits]] });
    });
  },
});

function isMeant(turn: string, running: string[], other: Otherwise): boolean {
  if (running.length > 0) return running.includes(turn);
  if (turn === "0") return true;
  return other.kind === "other" && other.messageId === turn;
}

function said(agent: string, other: Otherwise): string {
  if (other.kind === "unknown") return texts.queue.abortingLater({ agent });
  if (other.kind === "none") return texts.queue.nothingRuns({ agent });
  return texts.queue.abortingOther({ agent, text: quoted(other.text) });
}
