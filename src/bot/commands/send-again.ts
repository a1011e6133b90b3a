import type { Update } from "grammy/types";
import { defaultAgent, exists } from "../../agents/agents.ts";
import { useConversation } from "../../agents/conversations.ts";
import { withAge } from "../../chat/age.ts";
import { promptText } from "../../chat/message-text.ts";
import { updateBody } from "../../inbox/inbox.ts";
import { say } from "../../outbox/say.ts";
import { addPrompt } from "../../prompts/prompts.ts";
import type { Lifecycle } from "../../runner/lifecycle.ts";
import { texts } from "../../texts/texts.ts";
import type { Command } from "../context.ts";
import { tellOfChoice } from "../tell-of-choice.ts";

/** What sending a message again needs. */
export interface SendAgainServices {
  lifecycle: Lifecycle;
}

/**
 * Starts the agent of a message that was not sent, with its memory, and makes the message a prompt after
 * all. Only a button runs it; an update makes at most one prompt.
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
      const message = body === undefined ? undefined : (JSON.parse(body) as Update).message;
      const text = message && promptText(message);
      if (!message || text === undefined) {
        return say(transaction, conversation, texts.bot.cannotSendAgain);
      }
      // It was renamed since: another one of that name would know nothing.
      if (agent !== defaultAgent && !(await exists(transaction, agent))) {
        return say(transaction, conversation, texts.bot.agentGone({ agent }));
      }
      await lifecycle.start(transaction, agent, { mode: "continue" });
      await useConversation(transaction, conversation, agent);
      const sentAt = message.date * 1000;
      await addPrompt(transaction, {
        agent,
        conversation: conversation.key,
        operator: message.from?.id ?? message.chat.id,
        chatMessageId: message.message_id,
        text: withAge(text, sentAt, Date.now()),
        sentAt,
        updateId: Number(id),
      });
      await say(transaction, conversation, texts.bot.startedAndSent({ agent }));
      await tellOfChoice(transaction, { conversation, operator: from?.id }, agent);
    });
  },
});
