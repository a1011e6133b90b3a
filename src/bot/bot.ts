import { Bot } from "grammy";
import type { Update, UserFromGetMe } from "grammy/types";
import { hasContent } from "../chat/content.ts";
import { conversation, conversationOf } from "../chat/conversation.ts";
import { promptText, writtenCommand, writtenShell } from "../chat/message-text.ts";
import type { UpdateHandler, Work } from "../inbox/worker.ts";
import { retryNow } from "../outbox/chats.ts";
import { say } from "../outbox/say.ts";
import type { Store } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import { clientOptions, type TelegramApiOptions } from "../telegram/api.ts";
import { answer, type BotContext, type Command } from "./context.ts";
import { press, runOrAsk } from "./presses.ts";
import { stopDraft } from "./stop-draft.ts";
import { takePrompt, type TakePromptOptions } from "./take-prompt.ts";

/** What the bot needs. */
export interface BotOptions extends TakePromptOptions {
  telegram: TelegramApiOptions;
  /** The bot's own account. */
  account: UserFromGetMe;
  commands: readonly Command[];
  store: Store;
}

/**
 * The bot: commands, button presses and prompts. It is handed updates that passed the sender check,
 * and only fills their `Work`; everything for Telegram goes through the outbox.
 */
export function createBot(options: BotOptions): UpdateHandler {
  const { telegram, account, commands } = options;
  const bot = new Bot<BotContext>(telegram.token, {
    client: clientOptions(telegram),
    botInfo: account,
  });
  const works = new WeakMap<Update, Work>();

  bot.use(async (context, next) => {
    const message = context.msg;
    const work = works.get(context.update);
    const { stopped_message_generation: stopped } = context.update;
    if (!work || !(message ?? stopped)) return;
    context.work = work;
    const place = message
      ? conversationOf(message)
      : conversation(stopped?.chat.id ?? 0, stopped?.message_thread_id);
    context.conversation = place;
    // A chat that blocked the bot has unblocked it when it writes.
    work.addEffect((transaction) => retryNow(transaction, place.key));
    await next();
  });
  bot.on("stopped_message_generation", ({ work, conversation: place, update }) => {
    const { draft_id: draftId } = update.stopped_message_generation;
    work.addEffect((transaction) => stopDraft(transaction, place, draftId));
  });
  bot.on("callback_query:data", (context) => press(context, options));
  bot.on("message", async (context) => {
    const text = promptText(context.message);
    if (text === undefined) {
      if (hasContent(context.message)) answer(context, texts.bot.onlyText);
      return;
    }
    const command = writtenCommand(context.message) ?? writtenShell(context.message);
    if (!command) return takePrompt(context, context.message, text, options);
    const isOurs = !command.bot || command.bot.toLowerCase() === context.me.username.toLowerCase();
    // In a group another bot gets it; in a private chat no other bot does.
    if (!isOurs && context.chat.type !== "private") return;
    const known =
      isOurs && commands.find(({ name, isHidden }) => name === command.name && !isHidden);
    if (known) return runOrAsk(context, known, command.argument, options);
    answer(context, texts.bot.unknownCommand);
  });

  return {
    async handle(update, work) {
      works.set(update, work);
      await bot.handleUpdate(update);
    },
    async giveUp({ message }, transaction) {
      if (message) await say(transaction, conversationOf(message), texts.bot.givenUp);
    },
  };
}
