import { Bot, type FilterQuery } from "grammy";
import type { Message, Update, UserFromGetMe } from "grammy/types";
import { isActive } from "../agents/agents.ts";
import { addPrompt, waitsForTurn } from "../prompts/prompts.ts";
import { useConversation } from "../agents/conversations.ts";
import type { HandleUpdate, Work } from "../inbox/worker.ts";
import { say } from "../outbox/say.ts";
import { clientOptions, type TelegramApiOptions } from "../telegram/api.ts";
import { withAge } from "../chat/age.ts";
import { press, runOrAsk } from "./presses.ts";
import { commands } from "./commands/index.ts";
import { answer, type BotContext, type BotParts } from "./context.ts";
import { conversationOf } from "../chat/conversation.ts";
import { promptText, writtenCommand } from "../chat/message-text.ts";

// What an operator can write besides text; the rest are notices that something happened in a chat.
const otherContent: FilterQuery[] = [
  "message:file",
  "message:paid_media",
  "message:story",
  "message:checklist",
  "message:contact",
  "message:location",
  "message:poll",
  "message:dice",
  "message:game",
];

/**
 * The bot: commands, button presses and prompts. It is handed updates that passed the sender
 * predicate, and only fills their `Work`; whatever Telegram is to be told goes by the outbox.
 */
export function createBot(
  options: TelegramApiOptions & { botInfo: UserFromGetMe },
  parts: BotParts,
): HandleUpdate {
  const bot = new Bot<BotContext>(options.token, {
    client: clientOptions(options),
    botInfo: options.botInfo,
  });
  const works = new WeakMap<Update, Work>();

  bot.use(async (context, next) => {
    const message = context.msg;
    const work = works.get(context.update);
    if (!message || !work) return;
    context.work = work;
    context.where = conversationOf(message);
    context.parts = parts;
    await next();
  });
  bot.on("callback_query:data", press);
  bot.on("message:text", async (context) => {
    const command = writtenCommand(context.message);
    if (!command) return prompt(context, context.message);
    const isOurs = !command.bot || command.bot.toLowerCase() === context.me.username.toLowerCase();
    // In a group another bot hears it; in a private chat nobody else does.
    if (!isOurs && context.chat.type !== "private") return;
    const known = isOurs && commands.find(({ name }) => name === command.name);
    if (known) return runOrAsk(context, known, command.argument);
    answer(context, "I do not know that command, and it was not passed on. /help lists mine.");
  });
  bot.on(otherContent, async (context) => {
    answer(context, "I can only pass on text so far. This message was not passed on.");
  });

  return async (update, work) => {
    works.set(update, work);
    await bot.handleUpdate(update);
  };
}

async function prompt(context: BotContext, message: Message & { text: string }): Promise<void> {
  const { conversations, lanes } = context.parts;
  const name = await conversations.agentOf(context.where);
  const sentAt = message.date * 1000;
  let isWaiting = false;
  context.work.keep((transaction) => {
    // A /stop may be handled at the same time, so that only the transaction knows.
    if (!isActive(transaction, name)) {
      const start = `/start ${name} starts it anew.`;
      say(transaction, context.where, `${name} is stopped, so this was not passed on. ${start}`);
      return;
    }
    isWaiting = waitsForTurn(transaction, name);
    useConversation(transaction, context.where);
    addPrompt(transaction, {
      updateId: context.work.updateId,
      agent: name,
      conversation: context.where.key,
      operator: message.from?.id ?? message.chat.id,
      chatMessageId: message.message_id,
      text: withAge(promptText(message), sentAt, Date.now()),
      sentAt,
    });
  });
  context.work.afterwards(() => {
    if (!isWaiting) lanes.wake(name);
  });
}
