import type { Message, Update } from "grammy/types";
import { defaultAgent, exists } from "../../agents/agents.ts";
import { useConversation } from "../../agents/conversations.ts";
import { pieceOf } from "../../chat/message-text.ts";
import type { Piece } from "../../chat/pieces.ts";
import { albumUpdates, updateBody } from "../../inbox/inbox.ts";
import { say } from "../../outbox/say.ts";
import { addMessage, joinMessage } from "../../prompts/messages.ts";
import type { Lifecycle } from "../../runner/lifecycle.ts";
import type { Transaction } from "../../store/store.ts";
import { texts } from "../../texts/texts.ts";
import type { Command } from "../context.ts";
import { writtenMessage } from "../take-prompt.ts";
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
      const messages = await written(transaction, Number(id));
      if (messages.length === 0) return say(transaction, conversation, texts.bot.cannotSendAgain);
      // It was renamed since: another one of that name would know nothing.
      if (agent !== defaultAgent && !(await exists(transaction, agent))) {
        return say(transaction, conversation, texts.bot.agentGone({ agent }));
      }
      const outcome = await lifecycle.start(transaction, agent, { mode: "continue" });
      await useConversation(transaction, conversation, agent);
      for (const { message, piece, updateId, isEdit } of messages) {
        const about = { agent, conversation, updateId, waitMs: 0 };
        const whole = writtenMessage(message, piece, about);
        // The others of its album are on their way, or were.
        const one = isEdit ? { ...whole, album: undefined } : whole;
        if (!one.album || !(await joinMessage(transaction, one)))
          await addMessage(transaction, one);
      }
      const { sentAnew, startedAndSent } = texts.bot;
      const said = outcome === "running" ? sentAnew : startedAndSent;
      await say(transaction, conversation, said({ agent }));
      await tellOfChoice(transaction, { conversation, operator: from?.id }, agent);
    });
  },
});

interface Again {
  updateId: number;
  message: Message;
  piece: Piece;
  isEdit: boolean;
}

/** What an update brought that can be passed on, with the rest of its album. */
async function written(transaction: Transaction, updateId: number): Promise<Again[]> {
  const body = await updateBody(transaction, updateId);
  if (body === undefined) return [];
  const update = JSON.parse(body) as Update;
  const album = update.message?.media_group_id;
  const all =
    album === undefined
      ? [update]
      : (await albumUpdates(transaction, updateId, album)).map((one) => one.update);
  return all.flatMap(({ update_id, message: sent, edited_message: edited }) => {
    const message = sent ?? edited;
    const piece = message && pieceOf(message);
    return piece ? [{ updateId: update_id, message, piece, isEdit: !sent }] : [];
  });
}
