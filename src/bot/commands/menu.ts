import type { Agents } from "../../agents/agents.ts";
import type { Conversations } from "../../agents/conversations.ts";
import { texts } from "../../texts/texts.ts";
import { aboutAgent, type Named } from "../agent-buttons.ts";
import { type Command, show } from "../context.ts";
import type { ViewButton } from "../view.ts";

/** What `/menu` needs. */
export interface MenuServices {
  agents: Pick<Agents, "get">;
  conversations: Pick<Conversations, "agentOf">;
}

const { labels } = texts.bot;

/** The ten that are used most on a phone, two in a row; most are about the agent that is named above them. */
function rows(talkedTo: Named | undefined): ViewButton[][] {
  const bound = talkedTo && { agent: aboutAgent(talkedTo) };
  const button = (label: string, command: string) => ({ label, command, ...bound });
  return [
    [button(labels.status, "status"), { label: labels.list, command: "list" }],
    [button(labels.screen, "screen"), button(labels.queue, "queue")],
    [button(labels.abort, "abort"), button(labels.diff, "diff")],
    [button(labels.model, "model"), button(labels.mode, "mode")],
    [{ label: labels.history, command: "history" }, button(labels.new, "new")],
  ];
}

/** Shows the most used actions as buttons. */
export const menu = ({ agents, conversations }: MenuServices): Command => ({
  name: "menu",
  group: "help",
  description: texts.commands.menu,
  isFast: true,
  async run(context) {
    const agent = await conversations.agentOf(context.conversation);
    show(context, { text: texts.bot.menu({ agent }), buttons: rows(await agents.get(agent)) });
  },
});
