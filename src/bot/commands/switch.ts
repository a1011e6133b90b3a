import type { Agents } from "../../agents/agents.ts";
import { type Conversations, useConversation } from "../../agents/conversations.ts";
import { agentById } from "../../agents/identity.ts";
import { texts } from "../../texts/texts.ts";
import { agentButtons, notRunning } from "../agent-argument.ts";
import { say } from "../../outbox/say.ts";
import { type Command, show } from "../context.ts";
import { agentMark, sendView } from "../view.ts";

/** What `/switch` needs. */
export interface SwitchServices {
  agents: Agents;
  conversations: Conversations;
}

/** Talks to another agent from now on. */
export const switchAgent = ({ agents, conversations }: SwitchServices): Command => ({
  name: "switch",
  group: "agents",
  argument: texts.arguments.switch,
  description: texts.commands.switch,
  connects: true,
  async run(context, argument) {
    const { conversation, work } = context;
    const active = await agents.active();
    if (!argument) {
      const mine = await conversations.agentOf(conversation);
      const others = active.filter(({ name }) => name !== mine);
      const text = others.length > 0 ? texts.bot.whichAgent : texts.bot.noOther;
      return show(context, { text, buttons: agentButtons("switch", others) });
    }
    const agent = await agents.get(argument);
    if (agent?.state === "stopped") {
      const label = texts.bot.startIt({ agent: argument });
      return show(context, {
        text: texts.bot.stoppedAgent({ agent: argument }),
        buttons: [[{ label, command: "start", argument: agentMark, of: agent.id }]],
      });
    }
    if (!agent) return show(context, notRunning(argument, "switch", active));
    work.addEffect(async (transaction) => {
      // It may be stopped or renamed at the same time.
      const now = await agentById(transaction, agent.id);
      if (now?.state !== "active") {
        const place = { conversation, operator: context.from?.id, redraws: context.redraws };
        return void (await sendView(transaction, place, notRunning(argument, "switch", [])));
      }
      await useConversation(transaction, conversation, now.name);
      await say(transaction, conversation, texts.bot.connected({ agent: now.name }));
    });
  },
});
