import { decideCard } from "../../cards/decide.ts";
import { say } from "../../outbox/say.ts";
import { texts } from "../../texts/texts.ts";
import { answer, type Command } from "../context.ts";

/** Decides a card by its number, for when its buttons cannot be used. */
export const decide = (): Command => ({
  name: "decide",
  group: "agents",
  argument: texts.arguments.decide,
  description: texts.commands.decide,
  details: texts.details.decide,
  isFast: true,
  asksWhenOld: true,
  async run(context, argument) {
    const { conversation, work } = context;
    const operator = context.from?.id;
    const [, number, words] = /^(\d{1,9})\s+(\S[^]*)$/.exec(argument) ?? [];
    if (operator === undefined || number === undefined || words === undefined) {
      answer(context, texts.bot.decideUsage);
      return;
    }
    const written = { number: Number(number), words, operator, conversation: conversation.key };
    work.addEffect(async (transaction) => {
      await say(transaction, conversation, await decideCard(transaction, written));
    });
  },
});
