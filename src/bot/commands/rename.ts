import { type Agents, serverSession } from "../../agents/agents.ts";
import { boundAgent, type Conversations, useConversation } from "../../agents/conversations.ts";
import { agentById } from "../../agents/identity.ts";
import type { Lifecycle } from "../../runner/lifecycle.ts";
import { texts } from "../../texts/texts.ts";
import { talkedTo } from "../agent-argument.ts";
import { type Named, listButton } from "../agent-buttons.ts";
import { againView } from "../again.ts";
import { answer, type BotContext, type Command } from "../context.ts";
import { sendView, type View } from "../view.ts";

/** What `/rename` needs. */
export interface RenameServices {
  agents: Agents;
  conversations: Conversations;
  lifecycle: Lifecycle;
}

/** Gives the agent of this conversation another name. */
export const rename = ({ agents, conversations, lifecycle }: RenameServices): Command => ({
  name: "rename",
  group: "agents",
  argument: texts.arguments.rename,
  description: texts.commands.rename,
  isOfChat: true,
  asksWhenOld: true,
  async run(context, argument) {
    const { conversation, work, redraws, from: operator } = context;
    const place = { conversation, operator: operator?.id, redraws };
    if (!argument) return answer(context, texts.sessions.renameUsage);
    if (argument === serverSession) {
      return answer(context, texts.sessions.nameReserved({ name: argument }));
    }
    const then = await talkedTo(context, conversations);
    const agent = await agents.get(then);
    work.addEffect(async (transaction) => {
      const now = agent && (await agentById(transaction, agent.id));
      const from = now?.name ?? then;
      const isTalkedTo = (await boundAgent(transaction, conversation)) === from;
      const outcome = await lifecycle.rename(transaction, from, argument);
      if (outcome !== "renamed") {
        return void (await sendView(transaction, place, refusal(context, outcome, now)));
      }
      if (isTalkedTo) await useConversation(transaction, conversation, argument);
      const text = texts.sessions.renamed({ from, to: argument });
      await sendView(transaction, place, { text });
    });
  },
});

function refusal(
  context: BotContext,
  outcome: keyof typeof texts.sessions.renameRefused,
  agent: Named | undefined,
): View {
  const text = texts.sessions.renameRefused[outcome];
  if (outcome === "busy") return againView(context, text, { agent });
  return { text, buttons: outcome === "unknown" ? [[listButton]] : [] };
}
