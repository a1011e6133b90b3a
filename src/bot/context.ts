import type { Context } from "grammy";
import type { Conversation } from "../chat/conversation.ts";
import type { Work } from "../inbox/worker.ts";
import { say } from "../outbox/say.ts";

/** The context of one update: the operator's conversation and the work being made. */
export type BotContext = Context & {
  work: Work;
  conversation: Conversation;
  /** Set while a page or menu is pressed: the message that the command edits instead of a new one. */
  redraws?: { outboxId: number; subject: string };
};

/** The purpose of buttons that run a command; see `CommandAction`. */
export const commandPurpose = "command";

/** The action of a button that runs a command. */
export interface CommandAction {
  /** The command's name; empty for a button that does nothing but end the question. */
  command: string;
  argument: string;
}

/** A command of the chat: what the list in Telegram and `/help` say of it, and what it does. */
export interface Command {
  name: string;
  /** What follows the command, as `/help` shows it. */
  argument?: string;
  description: string;
  /** It never waits behind a prompt: it may stop what a busy agent does, or say how it is. */
  isFast?: boolean;
  /** It ends or presses something: an old one, sent before an outage, asks first. */
  asksWhenOld?: boolean;
  /** Reads what it needs and adds what is wanted to the work; it changes nothing itself. */
  run: (context: BotContext, argument: string) => Promise<void>;
}

/** Adds a text for the conversation of the update. Handlers never call Telegram themselves. */
export function answer(context: BotContext, text: string): void {
  context.work.addEffect((transaction) => say(transaction, context.conversation, text));
}
