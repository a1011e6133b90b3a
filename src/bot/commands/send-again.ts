import type { Update } from "grammy/types";
import { defaultAgent, exists } from "../../agents/agents.ts";
import { useConversation } from "../../agents/conversations.ts";
import { pieceOf } from "../../chat/message-text.ts";
import { updateBody } from "../../inbox/inbox.ts";
import { say } from "../../outbox/say.ts";
import { addMessage } from "../../prompts/messages.ts";
import type { Lifecycle } from "../../runner/lifecycle.ts";
import { texts } from "../../texts/texts.ts";
import type { Command } from "../context.ts";
import { tellOfChoice } from "../tell-of-choice.ts";

/** What sending a message again needs. */
export interface SendAgainServices {
  lifecycle: Lifecycle;
}

/**
 * Makes a message that was not sent a prompt after all, or an edit that came too late one of its own; starts
 * the agent that it is for, with its memory, where that is stopped. Only a button runs it; an update makes at most one prompt.
 */
export const sendAgain = ({ lifecycle }: SendAgainServices): Command => ({
  name: "send_again",
  group: "agents",
  description: texts.commands.send_again,
  connects: true,
  isHidden: true,
  async run({ work, conversation, from }, argument) {
    const [id = "", agent = ""] = argument.split(" ");
    work.addEffect(async (transaction) => {
      const body = await updateBody(transaction, Number(id));
      const update = body === undefined ? undefined : (JSON.parse(body) as Update);
      const message = update?.message ?? update?.edited_message;
      const piece = message && pieceOf(message);
      if (!message || !piece) {
        return say(transaction, conversation, texts.bot.cannotSendAgain);
      }
      // It was renamed since: another one of that name would know nothing.
      if (agent !== defaultAgent && !(await exists(transaction, agent))) {
        return say(transaction, conversation, texts.bot.agentGone({ agent }));
      }
      const outcome = await lifecycle.start(transaction, agent, { mode: "continue" });
      await useConversation(transaction, conversation, agent);
      await addMessage(transaction, {
        agent,
        conversation: conversation.key,
        operator: message.from?.id ?? message.chat.id,
        chatMessageId: message.message_id,
        piece,
        sentAt: (message.edit_date ?? message.date) * 1000,
        takenAt: Date.now(),
        updateId: Number(id),
      });
      const { sentAnew, startedAndSent } = texts.bot;
      const said = outcome === "running" ? sentAnew : startedAndSent;
      await say(transaction, conversation, said({ agent }));
      await tellOfChoice(transaction, { conversation, operator: from?.id }, agent);
    });
  },
});
