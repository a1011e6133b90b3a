import type { Agents } from "../../agents/agents.ts";
import type { Conversations } from "../../agents/conversations.ts";
import { say } from "../../outbox/say.ts";
import type { Lifecycle } from "../../runner/lifecycle.ts";
import type { Transaction } from "../../store/store.ts";
import { texts } from "../../texts/texts.ts";
import { agentArgument } from "../agent-argument.ts";
import type { BotContext, Command } from "../context.ts";
import { sendView } from "../view.ts";
import { confirmedArgument, isCovered, waitingOf } from "../waiting.ts";

/** What `/new` and `/clear` need. */
export interface NewServices {
  agents: Agents;
  conversations: Conversations;
  lifecycle: Lifecycle;
  config: { opencode: { yolo: boolean } };
}

/** A fresh session in the same agent. */
export const newSession = (services: NewServices): Command => ({
  name: "new",
  group: "sessions",
  description: texts.commands.new,
  details: texts.details.new,
  asksWhenOld: true,
  async run(context) {
    const name = await services.conversations.agentOf(context.conversation);
    context.work.addEffect((transaction) => renew(transaction, context, services, name, "renew"));
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
    const { conversation, work, from } = context;
    const { name } = agent;
    const isAnswer = argument !== "";
    const { upTo } = confirmedArgument(argument);
    work.addEffect(async (transaction) => {
      const waiting = await waitingOf(transaction, name);
      if (isAnswer && isCovered(waiting, upTo)) {
        return renew(transaction, context, services, name, "clear");
      }
      const { count, newest } = waiting;
      const words = texts.sessions;
      const place = { conversation, operator: from?.id };
      await sendView(transaction, place, {
        text:
          count > 0 ? words.clearDrops({ agent: name, count }) : words.clearAsks({ agent: name }),
        asks: true,
        agent: name,
        buttons: [
          [{ label: texts.bot.doIt, command: "clear", argument: `--yes ${newest}` }],
          [{ label: texts.bot.doNot, command: "" }],
        ],
      });
    });
  },
});

async function renew(
  transaction: Transaction,
  { conversation }: BotContext,
  { lifecycle, config }: NewServices,
  name: string,
  how: "renew" | "clear",
): Promise<void> {
  // One that was started in YOLO on purpose leaves it with a new session.
  const { yolo } = config.opencode;
  const done = await lifecycle[how](transaction, name, { yolo });
  const lines = done
    ? [
        texts.sessions.fresh({ agent: name }),
        ...(done.prompts > 0 ? [texts.sessions.cancelled({ count: done.prompts })] : []),
      ]
    : [texts.bot.stoppedAgent({ agent: name })];
  await say(transaction, conversation, lines.join("\n"));
}
