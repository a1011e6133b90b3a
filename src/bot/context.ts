import type { Context } from "grammy";
import type { Conversation } from "../chat/conversation.ts";
import type { Work } from "../inbox/worker.ts";
import { say } from "../outbox/say.ts";
import type { Errand } from "./errand.ts";
import type { Transaction } from "../store/store.ts";
import type { texts } from "../texts/texts.ts";
import { type Redraws, sendView, type View } from "./view.ts";

/** The context of one update: the operator's conversation and the work being made. */
export type BotContext = Context & {
  work: Work;
  conversation: Conversation;
  /** The agent that the conversation talked to when this was written, where it is done later. */
  talksTo?: string;
  /** The message whose page was turned, which the answer takes the place of. */
  redraws?: Redraws;
  /** The command that is run, as a button runs it once more. */
  ran?: Ran;
  /** What Telegram shows for a moment where a button was pressed; an effect of its command may set it. */
  notice?: string;
  /** The command answers the press of its button itself, once it has done what was wanted. */
  isAnsweredLater?: boolean;
};

/** A command that was given. */
export interface Ran {
  command: string;
  argument: string;
  /** See `CommandAction`. */
  data?: unknown;
}

/** Under which heading `/help` and docs/use.md list a command. */
export type CommandGroup = keyof typeof texts.bot.groups;

/**
 * A command of the chat. Help, Telegram's menu, the table of docs/use.md and the tests are made from this. All of
 * them are for operators, whom the sender check has let in.
 */
export interface Command {
  name: string;
  group: CommandGroup;
  /** What follows the command, as `/help` shows it; `<…>` must be given, `[…]` may be. */
  argument?: string;
  /** In a few words, without a full stop. */
  description: string;
  /** What `/help` says of this command alone besides; whole sentences. */
  details?: string;
  /** It is run by buttons alone, and listed nowhere. */
  isHidden?: boolean;
  /** It never waits behind a prompt: it may stop what a busy agent does, or say how it is. */
  isFast?: boolean;
  /** It ends a turn, so it does not wait behind fast ones either. */
  isUrgent?: boolean;
  /** What it does to the agent that the conversation talks to is not told by its argument. */
  isOfChat?: boolean;
  /** What is said where its button was pressed to decide something; `Doing /name.` where undefined. */
  doing?: (argument: string) => string;
  /** Each press of its button counts, however fast they follow each other. */
  everyTapCounts?: boolean;
  /** It may change which agent the conversation talks to. */
  connects?: boolean;
  /** It ends or presses something: an old one, sent before an outage, asks first. */
  asksWhenOld?: boolean;
  /** What it does outside of the store, once `run` has added a task for it. */
  errand?: Errand;
  /**
   * Reads what it needs and adds what is wanted to the work; it changes nothing itself. `data` is what a
   * button carries besides words, as it was given to it.
   */
  run: (context: BotContext, argument: string, data?: unknown) => Promise<void>;
}

/** Adds a text for the conversation of the update. Handlers never call Telegram themselves. */
export function answer(context: BotContext, text: string): void {
  context.work.addEffect((transaction) => answerIn(transaction, context, text));
}

/** The same for an effect that only knows what to answer in its transaction. */
export async function answerIn(
  transaction: Transaction,
  { conversation, redraws, from }: Pick<BotContext, "conversation" | "redraws" | "from">,
  text: string,
): Promise<void> {
  if (!redraws) return say(transaction, conversation, text);
  await sendView(transaction, { conversation, operator: from?.id, redraws }, { text });
}

/** Adds a view for the conversation of the update, in place of the message whose button was pressed. */
export function show(context: BotContext, view: View): void {
  const { conversation, redraws } = context;
  const place = { conversation, operator: context.from?.id, redraws };
  context.work.addEffect((transaction) => sendView(transaction, place, view).then(() => undefined));
}
