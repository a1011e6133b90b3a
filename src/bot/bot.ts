import { Bot } from "grammy";
import type { Message, Update, UserFromGetMe } from "grammy/types";
import { isActive } from "../agents/agents.ts";
import { type Conversations, useConversation } from "../agents/conversations.ts";
import { withAge } from "../chat/age.ts";
import { hasContent } from "../chat/content.ts";
import { conversationOf } from "../chat/conversation.ts";
import { promptText, writtenCommand } from "../chat/message-text.ts";
import type { UpdateHandler, Work } from "../inbox/worker.ts";
import { say } from "../outbox/say.ts";
import { addPrompt } from "../prompts/prompts.ts";
import { clientOptions, type TelegramApiOptions } from "../telegram/api.ts";
import type { Confirmations } from "./confirmations.ts";
import { answer, type BotContext, type Command } from "./context.ts";
import { press, runOrAsk } from "./presses.ts";

const givenUp = "This message could not be handled. Send it again, or ask /status.";

/** What the bot needs. */
export interface BotOptions {
  telegram: TelegramApiOptions;
  /** The bot's own account. */
  account: UserFromGetMe;
  commands: readonly Command[];
  conversations: Conversations;
  confirmations: Confirmations;
}

/**
 * The bot: commands, button presses and prompts. It is handed updates that passed the sender check,
 * and only fills their `Work`; everything for Telegram goes through the outbox.
 */
export function createBot(options: BotOptions): UpdateHandler {
  const { telegram, account, commands, conversations } = options;
  const bot = new Bot<BotContext>(telegram.token, {
    client: clientOptions(telegram),
    botInfo: account,
  });
  const works = new WeakMap<Update, Work>();

  bot.use(async (context, next) => {
    const message = context.msg;
    const work = works.get(context.update);
    if (!message || !work) return;
    context.work = work;
    context.conversation = conversationOf(message);
    await next();
  });
  bot.on("callback_query:data", (context) => press(context, options));
  bot.on("message", async (context) => {
    const text = promptText(context.message);
    if (text === undefined) {
      if (hasContent(context.message)) answer(context, "Not sent: only text works yet.");
      return;
    }
    const command = writtenCommand(context.message);
    if (!command) return prompt(context, context.message, text, conversations);
    const isOurs = !command.bot || command.bot.toLowerCase() === context.me.username.toLowerCase();
    // In a group another bot gets it; in a private chat no other bot does.
    if (!isOurs && context.chat.type !== "private") return;
    const known = isOurs && commands.find(({ name }) => name === command.name);
    if (known) return runOrAsk(context, known, command.argument, options);
    answer(context, "Not sent: this command is unknown. /help lists the commands.");
  });

  return {
    async handle(update, work) {
      works.set(update, work);
      await bot.handleUpdate(update);
    },
    async giveUp({ message }, transaction) {
      if (message) await say(transaction, conversationOf(message), givenUp);
    },
  };
}

async function prompt(
  context: BotContext,
  message: Message,
  text: string,
  conversations: Conversations,
): Promise<void> {
  const { conversation, work } = context;
  const agent = await conversations.agentOf(conversation);
  const sentAt = message.date * 1000;
  work.addEffect(async (transaction) => {
    // A /stop may be handled at the same time, so that only the transaction knows.
    if (!(await isActive(transaction, agent))) {
      const notice = `Not sent: ${agent} is stopped. /start ${agent} starts it.`;
      await say(transaction, conversation, notice);
      return;
    }
    await useConversation(transaction, conversation);
    await addPrompt(transaction, {
      updateId: work.updateId,
      agent,
      conversation: conversation.key,
      operator: message.from?.id ?? message.chat.id,
      chatMessageId: message.message_id,
      text: withAge(text, sentAt, Date.now()),
      sentAt,
    });
  });
}
