import type { Agents } from "../../agents/agents.ts";
import type { Conversations } from "../../agents/conversations.ts";
import { say } from "../../outbox/say.ts";
import type { Prompts } from "../../prompts/prompts.ts";
import type { Lifecycle } from "../../runner/lifecycle.ts";
import { texts } from "../../texts/texts.ts";
import { agentArgument } from "../agent-argument.ts";
import { type BotContext, type Command, show } from "../context.ts";

/** What `/new` and `/clear` need. */
export interface NewServices {
  agents: Agents;
  conversations: Conversations;
  lifecycle: Lifecycle;
  prompts: Pick<Prompts, "counts">;
  config: { opencode: { yolo: boolean } };
}

const confirmed = "--yes";

/** A fresh session in the same agent. */
export const newSession = (services: NewServices): Command => ({
  name: "new",
  group: "sessions",
  description: texts.commands.new,
  isFast: true,
  asksWhenOld: true,
  run: (context) => renew(context, services, "renew"),
});

/** A fresh session, and nothing that waits; asks first. */
export const clear = (services: NewServices): Command => ({
  name: "clear",
  group: "sessions",
  description: texts.commands.clear,
  isFast: true,
  asksWhenOld: true,
  async run(context, argument) {
    if (argument === confirmed) return renew(context, services, "clear");
    const agent = await agentArgument(context, services, "clear", "");
    if (!agent) return;
    const { waiting } = await services.prompts.counts(agent.name);
    show(context, {
      text:
        waiting > 0
          ? texts.sessions.clearDrops({ agent: agent.name, count: waiting })
          : texts.sessions.clearAsks({ agent: agent.name }),
      asks: true,
      buttons: [
        [{ label: texts.bot.doIt, command: "clear", argument: confirmed }],
        [{ label: texts.bot.doNot, command: "" }],
      ],
    });
  },
});

async function renew(
  context: BotContext,
  { conversations, lifecycle, config }: NewServices,
  how: "renew" | "clear",
): Promise<void> {
  const name = await conversations.agentOf(context.conversation);
  // One that was started in YOLO on purpose leaves it with a new session.
  const { yolo } = config.opencode;
  context.work.addEffect(async (transaction) => {
    const done = await lifecycle[how](transaction, name, { yolo });
    const lines = done
      ? [
          texts.sessions.fresh({ agent: name }),
          ...(done.prompts > 0 ? [texts.sessions.cancelled({ count: done.prompts })] : []),
        ]
      : [texts.bot.stoppedAgent({ agent: name })];
    await say(transaction, context.conversation, lines.join("\n"));
  });
}
