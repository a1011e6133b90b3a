import { boundAgent } from "../agents/conversations.ts";
import { agentById, agentNamed } from "../agents/identity.ts";
import { type Button, consumeButtons, recordPress } from "../buttons/buttons.ts";
import { agentMark, type CommandAction, commandPurpose } from "../buttons/command-buttons.ts";
import { findPressed, type Press } from "../buttons/find-pressed.ts";
import { pressCard } from "../cards/presses.ts";
import { ageInWords, isOld } from "../chat/age.ts";
import { type Conversation, conversationFromKey } from "../chat/conversation.ts";
import { Work } from "../inbox/worker.ts";
import { outboxLane } from "../outbox/lanes.ts";
import { enqueue } from "../outbox/enqueue.ts";
import { answerPress } from "../outbox/say.ts";
import { choicePurpose } from "../replies/choices.ts";
import type { Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import { transcriptPurpose } from "../transcripts/show-words.ts";
import { takeChoice } from "./take-choice.ts";
import { pressTranscript } from "./take-voice.ts";
import { answer, type BotContext, type Command, show } from "./context.ts";
import {
  afterPresses,
  askWhom,
  beforeConnecting,
  beforeFast,
  type OrderServices,
} from "./order.ts";
import { runSoon } from "./run-later.ts";

/** What presses need. */
export type PressServices = OrderServices;

/** Handles a press of a button: of one that runs a command, of one below an agent's words or
 * below what was heard, else of a card. */
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
  if ("button" in found && found.button.purpose === choicePurpose) {
    return takeChoice(context, one, found.button);
  }
  if ("button" in found && found.button.purpose === transcriptPurpose) {
    // The words are for the agent of the `/switch` that was sent before.
    if (await beforeFast(services, context)) {
      return context.work.addEffect((transaction) =>
        answerPress(transaction, one.queryId, texts.buttons.tooEarly),
      );
    }
    return pressTranscript(context, one, found.button);
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
  services: PressServices,
): Promise<void> {
  if (argument !== "" && command.argument === undefined) {
    // It may be the name of another agent, and what `/new` takes from this one is gone.
    return answer(context, texts.bot.takesNothing({ command: command.name }));
  }
  const { msg, from, conversation } = context;
  if (command.isFast || command.isUrgent) {
    const earlier = await beforeFast(services, context);
    if (earlier && command.asksWhenOld && argument === "") {
      return show(context, await askWhom(services, context, command, earlier));
    }
    // Which agent it would be for is not said by its argument, and a button could not repeat that.
    if (earlier && command.asksWhenOld && command.isOfChat) {
      return answer(context, texts.bot.overtook({ command: command.name }));
    }
  } else await afterPresses(services, context);
  const sentAt = (msg?.date ?? 0) * 1000;
  const now = Date.now();
  if (!command.asksWhenOld || !from || !isOld(sentAt, now))
    return runSoon(context, command, argument);
  const { name } = command;
  const written = [`/${name}`, argument].join(" ").trim();
  const isOfChat = argument === "" || command.isOfChat === true;
  const agent = await services.store.read(async (transaction) => {
    const meant = isOfChat ? await boundAgent(transaction, conversation) : argument;
    return agentNamed(transaction, meant);
  });
  const doIt = agent && !isOfChat ? { argument: agentMark, of: agent.id } : { argument };
  show(context, {
    text: texts.bot.asksWhenOld({ command: written, age: ageInWords(now - sentAt) }),
    asks: true,
    agent: isOfChat ? agent?.id : undefined,
    buttons: [
      [
        { label: texts.bot.doIt, command: name, ...doIt },
        { label: texts.bot.doNot, command: "" },
      ],
    ],
  });
}

/** What a button names, as of a transaction. */
interface Named {
  /** The agent its command is about; undefined for any. */
  agent: string | undefined;
  /** The agent in its argument. */
  of: string | undefined;
  /** The agent that its conversation talks to. */
  bound: string;
}

/**
 * What the command wants done counts only if the button still works in the transaction that does it: of
 * two presses that are handled at once, or of a double tap, one does nothing.
 */
async function pressCommand(
  context: BotContext,
  services: PressServices,
  one: Press,
  button: Button,
): Promise<void> {
  // Telegram may show it in the chat at large; see `findPressed`.
  context.conversation = conversationFromKey(button.conversation);
  const { work, conversation } = context;
  const { store, commands } = services;
  const action = button.action as CommandAction;
  const { command: name, edits, data } = action;
  const command = commands.find((known) => known.name === name);
  const wanted = new Work(work.updateId, work.receivedAt);
  context.work = wanted;
  if (edits && button.outboxId !== undefined) {
    context.redraws = { outboxId: button.outboxId, subject: button.subject };
  }
  const isInOrder = await comesInOrder(services, context, command, action);
  const read = (transaction: Transaction) => named(transaction, conversation, action);
  const then = await store.read(read);
  const argument = argumentOf(action, then);
  context.talksTo = then.bound;
  if (command && isInOrder && argument !== undefined && isForChat(action, then)) {
    await runSoon(context, command, argument, data);
  }
  context.work = work;
  work.addEffect(async (transaction) => {
    const found = await findPressed(transaction, one);
    // The command of a button from before an update may be gone.
    const isGone = name !== "" && !command;
    if ("refusal" in found || isGone) {
      const words = "refusal" in found ? found.refusal : texts.buttons.spent;
      return answerPress(transaction, one.queryId, words);
    }
    if (!isInOrder) return answerPress(transaction, one.queryId, texts.buttons.tooEarly);
    const now = await read(transaction);
    if (!isForChat(action, now) && name !== "") {
      const words = texts.buttons.otherAgent({ agent: now.agent ?? "" });
      return answerPress(transaction, one.queryId, words);
    }
    // The command was handled under another name, or while its conversation talked to another agent.
    const isSame = argument !== undefined && argument === argumentOf(action, now);
    if (name !== "" && !(isSame && isForChat(action, then))) {
      return answerPress(transaction, one.queryId, texts.buttons.changed);
    }
    const words = command ? doingOf(command, argument ?? "") : texts.bot.notDone;
    const isNew =
      button.once ||
      command?.everyTapCounts ||
      (await recordPress(transaction, button.key, work.receivedAt));
    if (!isNew) return answerPress(transaction, one.queryId, "");
    if (button.once) await useUp(transaction, button, one.operator, words);
    await wanted.apply(transaction);
    if (context.isAnsweredLater) return;
    await answerPress(transaction, one.queryId, context.notice ?? (button.once ? words : ""));
  });
}

/**
 * Whether a press does what it would have done when it was made: what was sent before may be for the agent
 * that it replaces, or replace the agent that it is for.
 */
async function comesInOrder(
  services: PressServices,
  context: BotContext,
  command: Command | undefined,
  { agent, of }: CommandAction,
): Promise<boolean> {
  if (!command) return true;
  if (command.connects) return (await beforeConnecting(services, context)) === undefined;
  const earlier = await beforeFast(services, context);
  const isSure = agent !== undefined || of !== undefined || !command.asksWhenOld;
  return isSure || earlier === undefined;
}

async function named(
  transaction: Transaction,
  conversation: Conversation,
  { agent, of }: CommandAction,
): Promise<Named> {
  const nameOf = async (id: string | undefined) =>
    id === undefined ? undefined : (await agentById(transaction, id))?.name;
  return {
    agent: await nameOf(agent),
    of: await nameOf(of),
    bound: await boundAgent(transaction, conversation),
  };
}

function isForChat({ agent }: CommandAction, now: Named): boolean {
  return agent === undefined || now.agent === now.bound;
}

/** The argument of a button with the agent's present name; undefined when there is no such agent. */
function argumentOf({ argument, of }: CommandAction, now: Named): string | undefined {
  if (of === undefined) return argument;
  return now.of === undefined ? undefined : argument.replace(agentMark, now.of);
}

/** What is said of a command that a press begins. */
function doingOf({ name, isHidden, doing }: Command, argument: string): string {
  if (doing) return doing(argument);
  return isHidden ? texts.bot.doingIt : texts.bot.doing({ command: name });
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
