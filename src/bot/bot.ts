import { Bot } from "grammy/web";
import type { Update, UserFromGetMe } from "grammy/types";
import { whyNotTaken } from "../chat/content.ts";
import { findButton } from "../buttons/buttons.ts";
import {
  type Conversation,
  conversation,
  conversationFromKey,
  conversationOf,
} from "../chat/conversation.ts";
import { pieceOf, writtenCommand, writtenShell } from "../chat/message-text.ts";
import type { UpdateHandler, Work } from "../inbox/worker.ts";
import { retryNow } from "../outbox/chats.ts";
import { answerPress } from "../outbox/say.ts";
import { noteMessage } from "../outbox/speech.ts";
import type { Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import { clientOptions, type TelegramApiOptions } from "../telegram/api.ts";
import { similarNames } from "./agent-argument.ts";
import { statusButton } from "./agent-buttons.ts";
import { answer, type BotContext, type Command, show } from "./context.ts";
import { afterPresses, type OrderServices } from "./order.ts";
import { press, runOrAsk } from "./presses.ts";
import { stopDraft } from "./stop-draft.ts";
import { isRestOfText, takeEdit } from "./take-edit.ts";
import { takeReaction } from "./take-reaction.ts";
import { takePrompt, type TakePromptOptions } from "./take-prompt.ts";
import { recordingIn, takeCorrection, takeVoice } from "./take-voice.ts";
import { sendView } from "./view.ts";

/** What the bot needs. */
export interface BotOptions extends TakePromptOptions, OrderServices {
  telegram: TelegramApiOptions;
  /** The bot's own account. */
  account: UserFromGetMe;
  /** How voice messages and video notes become text: whether an operator confirms it; undefined if they do not. */
  hearing: { isAsked: boolean } | undefined;
  /** Operators' reactions to agents' words are passed on with their next prompt. */
  passesReactions: boolean;
}

/**
 * The bot: commands, button presses, prompts, their edits, reactions and Telegram's own Stop. It is handed updates
 * that passed the sender check, and only fills their `Work`; everything for Telegram goes through the outbox.
 */
export function createBot(options: BotOptions): UpdateHandler {
  const { telegram, account, commands, passesReactions } = options;
  const bot = new Bot<BotContext>(telegram.token, {
    client: clientOptions(telegram),
    botInfo: account,
  });
  const works = new WeakMap<Update, Work>();

  bot.use(async (context, next) => {
    const message = context.msg;
    const work = works.get(context.update);
    const { stopped_message_generation: stopped, message_reaction: reacted } = context.update;
    if (!work || !(message ?? stopped ?? reacted)) return;
    context.work = work;
    const chatId = (stopped ?? reacted)?.chat.id ?? 0;
    const place = message
      ? conversationOf(message)
      : conversation(chatId, stopped?.message_thread_id);
    context.conversation = place;
    // A chat that blocked the bot has unblocked it when it writes.
    work.addEffect(async (transaction) => {
      await retryNow(transaction, place.key);
      if (message) await noteMessage(transaction, place.key, message.message_id);
    });
    await next();
  });
  bot.on("stopped_message_generation", ({ work, conversation: place, update }) => {
    const { draft_id: draftId } = update.stopped_message_generation;
    work.addEffect((transaction) => stopDraft(transaction, place, draftId));
  });
  bot.on("callback_query:data", (context) => press(context, options));
  bot.on("edited_message", (context) => takeEdit(context, context.editedMessage));
  bot.on("message_reaction", (context) => {
    if (passesReactions) takeReaction(context, context.messageReaction);
  });
  bot.on("message", async (context) => {
    const { hearing } = options;
    const recording = hearing && recordingIn(context.message);
    if (recording) {
      await afterPresses(options, context);
      return takeVoice(context, context.message, recording, hearing.isAsked);
    }
    const piece = pieceOf(context.message);
    if (!piece) {
      const refusal = whyNotTaken(context.message);
      if (refusal !== undefined) answer(context, refusal);
      return;
    }
    const command = writtenCommand(context.message) ?? writtenShell(context.message);
    if (!command || (await isRestOfText(options, context, context.message))) {
      await afterPresses(options, context);
      if (await takeCorrection(context, context.message, options.store)) return;
      return takePrompt(context, context.message, piece, options);
    }
    const isOurs = !command.bot || command.bot.toLowerCase() === context.me.username.toLowerCase();
    // In a group another bot gets it; in a private chat no other bot does.
    if (!isOurs && context.chat.type !== "private") return;
    const known =
      isOurs && commands.find(({ name, isHidden }) => name === command.name && !isHidden);
    if (known) return runOrAsk(context, known, command.argument, options);
    sayUnknown(context, command.name, commands);
  });

  return {
    async handle(update, work) {
      works.set(update, work);
      await bot.handleUpdate(update);
    },
    async giveUp({ message: sent, edited_message: edited, callback_query: query }, transaction) {
      const message = sent ?? edited;
      if (message) return sayGivenUp(transaction, conversationOf(message), texts.bot.givenUp);
      if (!query) return;
      // Ends the waiting that the button shows.
      await answerPress(transaction, query.id, "");
      const button = await findButton(transaction, query.data ?? "");
      // A press in a topic that is gone is shown in the chat at large; see `findPressed`.
      const shownIn = query.message && conversationOf(query.message);
      const pressed = button ? conversationFromKey(button.conversation) : shownIn;
      const isHere = pressed?.chatId === shownIn?.chatId;
      const place = isHere ? pressed : shownIn;
      if (place) await sayGivenUp(transaction, place, texts.bot.pressGivenUp);
    },
  };
}

function sayGivenUp(transaction: Transaction, place: Conversation, text: string): Promise<void> {
  return sendView(
    transaction,
    { conversation: place, operator: undefined },
    { text, buttons: [[statusButton()]] },
  ).then(() => undefined);
}

/** Says that a command is unknown, and offers what is said of those whose names are like it. */
function sayUnknown(context: BotContext, name: string, commands: readonly Command[]): void {
  const known = commands.filter(({ isHidden }) => !isHidden).map((one) => one.name);
  const similar = similarNames(name, known);
  const text =
    similar.length === 0
      ? texts.bot.unknownCommand
      : texts.bot.didYouMeanCommand({ similar: similar.map((one) => `/${one}`).join(", ") });
  const all = { label: texts.bot.labels.help, command: "help" };
  const each = similar.map((one) => ({ label: `/${one}`, command: "help", argument: one }));
  show(context, { text, buttons: (similar.length === 0 ? [all] : each).map((one) => [one]) });
}
