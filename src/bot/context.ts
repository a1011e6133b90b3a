import type { Context } from "grammy";
import type { Agents } from "../agents/agents.ts";
import type { Conversations } from "../agents/conversations.ts";
import type { Lanes } from "../runner/agent-loops.ts";
import type { AgentLife } from "../runner/lifecycle.ts";
import type { Prompts } from "../prompts/prompts.ts";
import type { Work } from "../inbox/worker.ts";
import type { Outbox } from "../outbox/outbox.ts";
import { say } from "../outbox/say.ts";
import type { Cards } from "../cards/cards.ts";
import type { Confirmations } from "./confirmations.ts";
import type { Conversation } from "../chat/conversation.ts";

/** What the handlers of the bot act on. */
export interface BotParts {
  agents: Agents;
  conversations: Conversations;
  prompts: Prompts;
  outbox: Outbox;
  cards: Cards;
  confirmations: Confirmations;
  life: AgentLife;
  lanes: Lanes;
}

/** The context of one update: the operator's conversation and the work being made. */
export type BotContext = Context & {
  work: Work;
  where: Conversation;
  parts: BotParts;
};

/** Owes a text to the conversation of the update. Handlers never call Telegram themselves. */
export function answer(context: BotContext, text: string): void {
  context.work.keep((transaction) => say(transaction, context.where, text));
}

/** A command of the chat: what the list in Telegram and `/help` say of it, and what it does. */
export interface Command {
  name: string;
  /** What follows the command, as `/help` shows it. */
  argument?: string;
  description: string;
  /** It ends or presses something: an old one, sent before an outage, asks first. */
  actsOnMachine?: boolean;
  run: (context: BotContext, argument: string) => Promise<void>;
}
