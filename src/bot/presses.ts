import { pressCard } from "../cards/presses.ts";
import { ageInWords, isOld } from "../chat/age.ts";
import { answerPress } from "../outbox/say.ts";
import type { Confirmation, Confirmations } from "./confirmations.ts";
import type { BotContext, Command } from "./context.ts";

/** What presses and old commands need. */
export interface PressServices {
  commands: readonly Command[];
  confirmations: Confirmations;
}

/** Handles a press of a button: of a question about a command, else of a card. */
export async function press(context: BotContext, services: PressServices): Promise<void> {
  const query = context.callbackQuery;
  if (query?.data === undefined) return;
  const { id: queryId, data: key, from } = query;
  const confirmation = await services.confirmations.find(key);
  if (confirmation) return confirm(context, confirmation, services);
  const messageId = query.message?.message_id;
  const conversation = context.conversation.key;
  context.work.addEffect((transaction) =>
    pressCard(transaction, { queryId, key, operator: from.id, conversation, messageId }),
  );
}

/** Runs a command, unless it acts on the machine and is old: then its author is asked first. */
export async function runOrAsk(
  context: BotContext,
  command: Command,
  argument: string,
  { confirmations }: PressServices,
): Promise<void> {
  const { msg, from, conversation, work } = context;
  const sentAt = (msg?.date ?? 0) * 1000;
  const now = Date.now();
  if (!command.asksWhenOld || !from || !isOld(sentAt, now)) return command.run(context, argument);
  const written = [`/${command.name}`, argument].join(" ").trim();
  const text = `You sent ${written} ${ageInWords(now - sentAt)} ago. Do it now?`;
  work.addEffect((transaction) =>
    confirmations.ask(transaction, {
      conversation,
      operator: from.id,
      command: command.name,
      argument,
      text,
    }),
  );
}

async function confirm(
  context: BotContext,
  confirmation: Confirmation,
  { commands, confirmations }: PressServices,
): Promise<void> {
  const { callbackQuery, conversation, work } = context;
  if (!callbackQuery) return;
  const isTheirs = confirmation.operator === callbackQuery.from.id;
  const isOpen = isTheirs && !confirmation.isUsed;
  const command = commands.find(({ name }) => name === confirmation.command);
  const words = command ? `Doing /${command.name}.` : "Not done.";
  if (isOpen) {
    work.addEffect((transaction) =>
      confirmations.consume(transaction, confirmation, conversation, words),
    );
    await command?.run(context, confirmation.argument);
  }
  work.addEffect((transaction) =>
    answerPress(transaction, callbackQuery.id, isOpen ? words : "This button no longer works."),
  );
}
