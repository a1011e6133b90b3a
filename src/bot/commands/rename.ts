import { type Agents, serverSession } from "../../agents/agents.ts";
import { boundAgent, type Conversations, useConversation } from "../../agents/conversations.ts";
import { agentById } from "../../agents/identity.ts";
import { say } from "../../outbox/say.ts";
import type { Lifecycle } from "../../runner/lifecycle.ts";
import { texts } from "../../texts/texts.ts";
import { talkedTo } from "../agent-argument.ts";
import { answer, type Command } from "../context.ts";

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
    const { conversation, work } = context;
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
        return say(transaction, conversation, texts.sessions.renameRefused[outcome]);
      }
      if (isTalkedTo) await useConversation(transaction, conversation, argument);
      await say(transaction, conversation, texts.sessions.renamed({ from, to: argument }));
    });
  },
});
