import { owe } from "../outbox/outbox.ts";
import type { Confirmation } from "./confirmations.ts";
import { ageInWords, isOld } from "../chat/age.ts";
import { commands } from "./commands/index.ts";
import type { BotContext, Command } from "./context.ts";

/** Handles a press of a button: of a question about a command, else of a card. */
export async function press(context: BotContext): Promise<void> {
  const query = context.callbackQuery;
  if (query?.data === undefined) return;
  const { cards, confirmations, lanes } = context.parts;
  const { id: queryId, data: key, from } = query;
  const confirmation = await confirmations.find(key);
  if (confirmation) return confirm(context, confirmation);

  const agent = await cards.agentOf(key);
  context.work.keep((transaction) => {
    cards.press(transaction, { queryId, key, operator: from.id });
  });
  if (agent !== undefined) context.work.afterwards(() => lanes.wake(agent));
}

/** Runs a command, unless it acts on the machine and is old: then its author is asked first. */
export async function runOrAsk(
  context: BotContext,
  command: Command,
  argument: string,
): Promise<void> {
  const { msg, from, where, parts, work } = context;
  const sentAt = (msg?.date ?? 0) * 1000;
  const now = Date.now();
  if (!command.actsOnMachine || !from || !isOld(sentAt, now)) return command.run(context, argument);
  const written = [`/${command.name}`, argument].join(" ").trim();
  const text = `You sent ${written} ${ageInWords(now - sentAt)} ago. Do it now?`;
  work.keep((transaction) => {
    const about = { where, operator: from.id, command: command.name, argument, text };
    parts.confirmations.ask(transaction, about);
  });
}

async function confirm(context: BotContext, confirmation: Confirmation): Promise<void> {
  const { callbackQuery, where, parts, work } = context;
  const isTheirs = confirmation.operator === callbackQuery?.from.id;
  const isOpen = isTheirs && !confirmation.isUsed;
  const command = commands.find(({ name }) => name === confirmation.command);
  const words = command ? `Doing /${command.name}.` : "Left alone.";
  if (isOpen) {
    work.keep((transaction) => parts.confirmations.spend(transaction, confirmation, where, words));
    await command?.run(context, confirmation.argument);
  }
  work.keep((transaction) => {
    owe(transaction, {
      lane: `query ${callbackQuery?.id}`,
      method: "answerCallbackQuery",
      payload: {
        callback_query_id: callbackQuery?.id,
        text: isOpen ? words : "This button does nothing any more.",
      },
    });
  });
}
