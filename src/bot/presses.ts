import { boundAgent, type Conversations } from "../agents/conversations.ts";
import { type Button, consumeButtons, recordPress } from "../buttons/buttons.ts";
import { type CommandAction, commandPurpose } from "../buttons/command-action.ts";
import { findPressed, type Press } from "../buttons/find-pressed.ts";
import { pressCard } from "../cards/presses.ts";
import { ageInWords, isOld } from "../chat/age.ts";
import { conversationFromKey } from "../chat/conversation.ts";
import { Work } from "../inbox/worker.ts";
import { outboxLane } from "../outbox/lanes.ts";
import { enqueue } from "../outbox/outbox.ts";
import { answerPress } from "../outbox/say.ts";
import type { Store, Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import { answer, type BotContext, type Command, show } from "./context.ts";
import { runSoon } from "./run-later.ts";

/** What presses need. */
export interface PressServices {
  store: Store;
  commands: readonly Command[];
  conversations: Pick<Conversations, "agentOf">;
}

/** Handles a press of a button: of one that runs a command, else of a card. */
export async function press(context: BotContext, services: PressServices): Promise<void> {
  const query = context.callbackQuery;
  if (query?.data === undefined) return;
  const one: Press = {
    queryId: query.id,
    key: query.data,
    operator: query.from.id,
    conversation: context.conversation.key,
    messageId: query.message?.message_id,
  };
  const found = await services.store.read((transaction) => findPressed(transaction, one));
  if ("button" in found && found.button.purpose === commandPurpose) {
    return pressCommand(context, services, one, found.button);
  }
  context.work.addEffect((transaction) => pressCard(transaction, one));
}

/**
 * Runs a written command, unless it acts on the machine and is old: then its author is asked first. One that
 * takes no argument is not run with one.
 */
export async function runOrAsk(
  context: BotContext,
  command: Command,
  argument: string,
  { conversations }: Pick<PressServices, "conversations">,
): Promise<void> {
  if (argument !== "" && command.argument === undefined) {
    // It may be the name of another agent, and what `/new` takes from this one is gone.
    return answer(context, texts.bot.takesNothing({ command: command.name }));
  }
  const { msg, from, conversation } = context;
  const sentAt = (msg?.date ?? 0) * 1000;
  const now = Date.now();
  if (!command.asksWhenOld || !from || !isOld(sentAt, now))
    return runSoon(context, command, argument);
  const { name } = command;
  const written = [`/${name}`, argument].join(" ").trim();
  show(context, {
    text: texts.bot.asksWhenOld({ command: written, age: ageInWords(now - sentAt) }),
    asks: true,
    ...((argument === "" || command.isOfChat) && {
      agent: await conversations.agentOf(conversation),
    }),
    buttons: [
      [
        { label: texts.bot.doIt, command: name, argument },
        { label: texts.bot.doNot, command: "" },
      ],
    ],
  });
}

/**
 * What the command wants done counts only if the button still works in the transaction that does it: of
 * two presses that are handled at once, or of a double tap, one does nothing.
 */
async function pressCommand(
  context: BotContext,
  { commands, conversations }: PressServices,
  one: Press,
  button: Button,
): Promise<void> {
  // Telegram may show it in the chat at large; see `findPressed`.
  context.conversation = conversationFromKey(button.conversation);
  const { work, conversation } = context;
  const { command: name, argument, edits, agent } = button.action as CommandAction;
  const command = commands.find((known) => known.name === name);
  const wanted = new Work(work.updateId, work.receivedAt);
  context.work = wanted;
  if (edits && button.outboxId !== undefined) {
    context.redraws = { outboxId: button.outboxId, subject: button.subject };
  }
  const now = await conversations.agentOf(conversation);
  const isForNow = agent === undefined || agent === now;
  if (command && isForNow) await runSoon(context, command, argument);
  context.work = work;
  work.addEffect(async (transaction) => {
    const found = await findPressed(transaction, one);
    // The command of a button from before an update may be gone.
    const isGone = name !== "" && !command;
    if ("refusal" in found || isGone) {
      const words = "refusal" in found ? found.refusal : texts.buttons.spent;
      return answerPress(transaction, one.queryId, words);
    }
    const bound = await boundAgent(transaction, conversation);
    const isMeant = agent === undefined || (agent === now && agent === bound);
    if (!isMeant && name !== "") {
      const words = texts.buttons.otherAgent({ agent });
      return answerPress(transaction, one.queryId, words);
    }
    const words = command ? texts.bot.doing({ command: name }) : texts.bot.notDone;
    const isNew = button.once || (await recordPress(transaction, button.key, work.receivedAt));
    if (!isNew) return answerPress(transaction, one.queryId, "");
    if (button.once) await useUp(transaction, button, one.operator, words);
    await wanted.apply(transaction);
    await answerPress(transaction, one.queryId, button.once ? words : "");
  });
}

/** Uses up the buttons of a message and says in their place what was chosen. */
async function useUp(
  transaction: Transaction,
  button: Button,
  operator: number,
  words: string,
): Promise<void> {
  await consumeButtons(transaction, button, operator);
  if (button.outboxId === undefined) return;
  await enqueue(transaction, {
    lane: outboxLane(button.conversation, "urgent"),
    method: "editMessageText",
    payload: {
      chat_id: conversationFromKey(button.conversation).chatId,
      message_of: button.outboxId,
      text: words,
    },
  });
}
