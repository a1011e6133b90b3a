import type { Agents } from "../../agents/agents.ts";
import type { Conversations } from "../../agents/conversations.ts";
import { maxTextLength } from "../../chat/split.ts";
import type { AgentTerminals } from "../../host/terminals.ts";
import { texts } from "../../texts/texts.ts";
import { agentArgument } from "../agent-argument.ts";
import { answer, type Command, show } from "../context.ts";

/** What `/screen` needs. */
export interface ScreenServices {
  agents: Agents;
  conversations: Conversations;
  terminals: Pick<AgentTerminals, "screen">;
}

/** Shows an agent's terminal as text. */
export const screen = (services: ScreenServices): Command => ({
  name: "screen",
  group: "agents",
  argument: texts.arguments.screen,
  description: texts.commands.screen,
  isFast: true,
  async run(context, argument) {
    const agent = await agentArgument(context, services, "screen", argument);
    if (!agent) return;
    const text = await services.terminals.screen(agent.name);
    const visible = text?.trimEnd().toWellFormed() ?? "";
    if (visible.trim() === "") {
      answer(
        context,
        agent.state === "active"
          ? texts.bot.terminalClosed({ agent: agent.name })
          : texts.bot.terminalStopped({ agent: agent.name }),
      );
      return;
    }
    // The newest lines are the last ones, and a screen can be larger than a message.
    show(context, { text: visible.slice(-(maxTextLength - 1)).toWellFormed(), isCode: true });
  },
});
