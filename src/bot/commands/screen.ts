import type { Agents } from "../../agents/agents.ts";
import type { Conversations } from "../../agents/conversations.ts";
import { maxTextLength } from "../../chat/split.ts";
import type { AgentTerminals } from "../../host/terminals.ts";
import { outboxLane } from "../../outbox/lanes.ts";
import { enqueue } from "../../outbox/outbox.ts";
import { target } from "../../outbox/say.ts";
import { answer, type Command } from "../context.ts";

/** What `/screen` needs. */
export interface ScreenServices {
  agents: Agents;
  conversations: Conversations;
  terminals: Pick<AgentTerminals, "screen">;
}

/** Shows the agent's terminal as text. */
export const screen = ({ agents, conversations, terminals }: ScreenServices): Command => ({
  name: "screen",
  description: "the agent's terminal, as text",
  isFast: true,
  async run(context) {
    const { conversation, work } = context;
    const name = await conversations.agentOf(conversation);
    const text = await terminals.screen(name);
    const visible = text?.trimEnd().toWellFormed() ?? "";
    if (visible.trim() === "") {
      const isActive = (await agents.get(name))?.state === "active";
      answer(
        context,
        isActive
          ? `No terminal of ${name} is open. It opens again with your next message.`
          : `No terminal is open: ${name} is stopped. /start ${name} starts it.`,
      );
      return;
    }
    // The newest lines are the last ones, and a screen can be larger than a message.
    const shown = visible.slice(-(maxTextLength - 1)).toWellFormed();
    work.addEffect(async (transaction) => {
      await enqueue(transaction, {
        lane: outboxLane(conversation.key, "urgent"),
        method: "sendMessage",
        payload: {
          ...target(conversation),
          text: shown,
          // Fetching a URL that the agent shows could carry data away.
          link_preview_options: { is_disabled: true },
          entities: [{ type: "pre", offset: 0, length: shown.length }],
        },
      });
    });
  },
});
