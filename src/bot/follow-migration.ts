import type { Allowed } from "../access/allowed.ts";
import { moveConversation } from "../agents/conversations.ts";
import { moveButtons } from "../buttons/buttons.ts";
import { moveCards } from "../cards/card-table.ts";
import { moveSettings } from "../chat-settings/chat-settings.ts";
import { conversation } from "../chat/conversation.ts";
import type { Logger } from "../log.ts";
import { moveCalls } from "../outbox/chats.ts";
import { texts } from "../texts/texts.ts";
import { say } from "../outbox/say.ts";
import { movePrompts } from "../prompts/rename.ts";
import { moveReactions } from "../prompts/reacted.ts";
import { moveTranscripts } from "../transcripts/transcript-table.ts";
import { moveLiveMessages } from "../turns/live/live-table.ts";
import { moveReadings } from "../voice/read-aloud.ts";
import { moveTasks } from "./tasks.ts";
import type { Store } from "../store/store.ts";

/** What following a group needs. */
export interface FollowMigrationOptions {
  store: Store;
  allowed: Allowed;
  log: Logger;
}

/**
 * Follows a group that has become a supergroup: what waits for its old id goes to the new one, which is
 * allowed from now on, and the operators are told to put it into the settings. Safe to repeat.
 */
export async function followMigration(
  { store, allowed, log }: FollowMigrationOptions,
  from: number,
  to: number,
): Promise<void> {
  const isKnown = allowed.chats.includes(to);
  await allowed.follow(from, to);
  await store.write(async (transaction) => {
    await moveCalls(transaction, from, to);
    await moveConversation(transaction, from, to);
    await movePrompts(transaction, `${from}`, `${to}`);
    await moveReactions(transaction, `${from}`, `${to}`);
    await moveCards(transaction, `${from}`, `${to}`);
    await moveButtons(transaction, `${from}`, `${to}`);
    await moveSettings(transaction, `${from}`, `${to}`);
    await moveLiveMessages(transaction, `${from}`, `${to}`);
    await moveTranscripts(transaction, `${from}`, `${to}`);
    await moveReadings(transaction, `${from}`, `${to}`);
    await moveTasks(transaction, `${from}`, `${to}`);
    if (isKnown) return;
    const text = texts.bot.groupMoved({ from, to });
    await say(transaction, conversation(to), text);
  });
  log.warn({ from, to }, "a group has a new id; put it into TELEGRAM_ALLOWED_CHAT_ID");
}
