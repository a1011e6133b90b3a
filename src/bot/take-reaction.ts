import type { MessageReactionUpdated } from "grammy/types";
import { spokenIn } from "../outbox/spoken.ts";
import { setReactions } from "../prompts/reacted.ts";
import type { BotContext } from "./context.ts";

type Reactions = MessageReactionUpdated["new_reaction"];

/**
 * Keeps an operator's reactions to an agent's words for the next prompt to that agent. A reaction to anything
 * else, such as a card, has no effect.
 */
export function takeReaction({ work }: BotContext, reacted: MessageReactionUpdated): void {
  const { chat, message_id: messageId, user } = reacted;
  if (!user) return;
  const before = emojiOf(reacted.old_reaction);
  const now = emojiOf(reacted.new_reaction);
  work.addEffect(async (transaction) => {
    const spoken = await spokenIn(transaction, chat.id, messageId);
    if (!spoken) return;
    const { conversation, speech, text } = spoken;
    const { agent, session } = speech;
    const at = work.receivedAt;
    const said = { conversation, messageId, agent, session, text };
    await setReactions(transaction, { ...said, operator: user.id, before, now, at });
  });
}

/** The emoji among reactions; a custom emoji has no character (Bot API, ReactionTypeCustomEmoji). */
function emojiOf(reactions: Reactions): string[] {
  return reactions.flatMap((one) => (one.type === "emoji" ? [one.emoji] : []));
}
