import type { Agent, Agents } from "../../agents/agents.ts";
import type { Conversations } from "../../agents/conversations.ts";
import { agentById } from "../../agents/identity.ts";
import { laneOf } from "../../prompts/lane.ts";
import type { Lifecycle } from "../../runner/lifecycle.ts";
import type { Transaction } from "../../store/store.ts";
import { texts } from "../../texts/texts.ts";
import { agentArgument, stoppedView } from "../agent-argument.ts";
import { historyButton } from "../agent-buttons.ts";
import type { BotContext, Command } from "../context.ts";
import { type Otherwise, otherTurn, type OtherTurnServices } from "../other-turn.ts";
import { sendView, type View } from "../view.ts";
import { confirmedArgument, isCovered, waitingOf } from "../waiting.ts";

/** What `/new` and `/clear` need. */
export interface NewServices extends OtherTurnServices {
  agents: Agents;
  conversations: Conversations;
  lifecycle: Lifecycle;
  config: { opencode: { yolo: boolean } };
}

/** A fresh session in the same agent; asks first when that ends a turn, or prompts wait. */
export const newSession = (services: NewServices): Command => ({
  name: "new",
  group: "sessions",
  description: texts.commands.new,
  details: texts.details.new,
  asksWhenOld: true,
  async run(context, argument) {
    const agent = await agentArgument(context, services, "new", "");
    if (!agent) return;
    const { upTo, about } = confirmedArgument(argument);
    const other = await otherTurn(services, agent);
    context.work.addEffect(async (transaction) => {
      const now = (await agentById(transaction, agent.id)) ?? agent;
      const { running, waiting } = await laneOf(transaction, now.name);
      const newest = Math.max(0, ...[...running, ...waiting].map(({ id }) => id));
      const isBusy = running.length > 0 || other.kind === "other";
      const isQuiet = !isBusy && waiting.length === 0;
      const isConfirmed = isCovered({ newest }, upTo) && about === askedAbout(now, other);
      if (isQuiet || isConfirmed || now.state !== "active") {
        return renew(transaction, context, services, now, "renew");
      }
      const count = waiting.length;
      const { newEnds, newEndsAndTakes, newTakes } = texts.sessions;
      const words = isBusy ? (count > 0 ? newEndsAndTakes : newEnds) : newTakes;
      await ask(transaction, context, now, {
        text: words({ agent: now.name, count }),
        command: "new",
        label: texts.sessions.beginIt,
        argument: `--yes ${newest} ${askedAbout(now, other)}`,
      });
    });
  },
});

/** A fresh session, and nothing that waits; asks first. */
export const clear = (services: NewServices): Command => ({
  name: "clear",
  group: "sessions",
  description: texts.commands.clear,
  details: texts.details.clear,
  asksWhenOld: true,
  async run(context, argument) {
    const agent = await agentArgument(context, services, "clear", "");
    if (!agent) return;
    const isAnswer = argument !== "";
    const { upTo, about } = confirmedArgument(argument);
    context.work.addEffect(async (transaction) => {
      const now = (await agentById(transaction, agent.id)) ?? agent;
      const { name } = now;
      const waiting = await waitingOf(transaction, name);
      const isSame = about === undefined || about === askedAbout(now);
      if (isAnswer && isSame && isCovered(waiting, upTo)) {
        return renew(transaction, context, services, now, "clear");
      }
      const { count, newest } = waiting;
      const words = texts.sessions;
      await ask(transaction, context, now, {
        text:
          count > 0 ? words.clearDrops({ agent: name, count }) : words.clearAsks({ agent: name }),
        command: "clear",
        label: texts.bot.doIt,
        argument: `--yes ${newest} ${askedAbout(now)}`,
      });
    });
  },
});

/** What a question is about, besides prompts: the session, and a turn in it that nobody asked for here. */
function askedAbout({ sessionId }: Agent, other?: Otherwise): string {
  const turn = other?.kind === "other" ? `/${other.messageId ?? ""}` : "";
  return `${sessionId ?? "none"}${turn}`;
}

interface Question extends Pick<View, "text"> {
  command: string;
  label: string;
  argument: string;
}

async function ask(
  transaction: Transaction,
  { conversation, from }: BotContext,
  { id }: Agent,
  { text, ...yes }: Question,
): Promise<void> {
  await sendView(
    transaction,
    { conversation, operator: from?.id },
    { text, asks: true, agent: id, buttons: [[yes], [{ label: texts.bot.doNot, command: "" }]] },
  );
}

async function renew(
  transaction: Transaction,
  { conversation, from }: BotContext,
  { lifecycle, config }: NewServices,
  agent: Agent,
  how: "renew" | "clear",
): Promise<void> {
  // One that was started in YOLO on purpose leaves it with a new session.
  const { yolo } = config.opencode;
  const { name } = agent;
  const place = { conversation, operator: from?.id };
  const done = await lifecycle[how](transaction, name, { yolo });
  if (!done) return void (await sendView(transaction, place, stoppedView(agent)));
  const lines = [texts.sessions.fresh({ agent: name })];
  if (done.prompts > 0) lines.push(texts.sessions.cancelled({ count: done.prompts }));
  await sendView(transaction, place, { text: lines.join("\n"), buttons: [[historyButton]] });
}
