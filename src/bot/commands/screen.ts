import type { Agent, Agents } from "../../agents/agents.ts";
import type { Conversations } from "../../agents/conversations.ts";
import { maxTextLength } from "../../chat/limits.ts";
import type { AgentTerminals } from "../../host/terminals.ts";
import { texts } from "../../texts/texts.ts";
import { agentArgument } from "../agent-argument.ts";
import { offerAgain } from "../again.ts";
import { startButton } from "../agent-buttons.ts";
import { answer, type BotContext, type Command, show } from "../context.ts";
import { phoneScreen } from "../phone-screen.ts";

/** What `/screen` needs. */
export interface ScreenServices {
  agents: Agents;
  conversations: Conversations;
  terminals: Pick<AgentTerminals, "screen">;
}

/** Shows an agent's terminal as text, for a narrow screen. */
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
    const visible = phoneScreen(text ?? "");
    if (visible === "") return sayNone(context, agent, text);
    // The newest lines are the last ones, and a screen can be larger than a message.
    show(context, { text: visible.slice(-(maxTextLength - 1)).toWellFormed(), isCode: true });
  },
});

/** Says why nothing is on the screen; `text` is what was read of it. */
function sayNone(context: BotContext, one: Agent, text: string | undefined): void {
  const { name: agent, state, sessionId, isOpened } = one;
  if (state !== "active") {
    const buttons = [[startButton(one)]];
    return show(context, { text: texts.bot.terminalStopped({ agent }), buttons });
  }
  const isStarting = sessionId === undefined || !isOpened || text !== undefined;
  if (!isStarting) return answer(context, texts.bot.terminalClosed({ agent }));
  offerAgain(context, texts.bot.terminalStarts({ agent }), { agent: one });
}
