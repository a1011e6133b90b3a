import type { Agents } from "../../agents/agents.ts";
import { type Conversations, useConversation } from "../../agents/conversations.ts";
import { agentById } from "../../agents/identity.ts";
import { texts } from "../../texts/texts.ts";
import { agentButton } from "../agent-buttons.ts";
import { notRunning, sayStopped } from "../agent-argument.ts";
import { choiceButtons } from "../choices.ts";
import { say } from "../../outbox/say.ts";
import { type Command, show } from "../context.ts";
import { readPage } from "../pages.ts";
import { sendView } from "../view.ts";

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
    const { page, rest } = readPage(argument);
    if (rest === "") {
      const mine = await conversations.agentOf(conversation);
      const others = active.filter(({ name }) => name !== mine);
      if (others.length > 0) {
        const items = others.map((agent) => agentButton(agent.name, "switch", agent));
        const buttons = choiceButtons({ command: "switch", items }, page);
        return show(context, { text: texts.bot.whichAgent, buttons });
      }
      const folders = { label: texts.bot.labels.projects, command: "projects" };
      return show(context, { text: texts.bot.noOther, buttons: [[folders]] });
    }
    const agent = await agents.get(argument);
    if (agent?.state === "stopped") return sayStopped(context, agent);
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
