import { agentMark } from "../buttons/command-buttons.ts";
import type { Message } from "grammy/types";
import type { Agent } from "../agents/agents.ts";
import { boundAgent, useConversation } from "../agents/conversations.ts";
import { agentById, agentNamed } from "../agents/identity.ts";
import { type Piece, splitFrom } from "../chat/pieces.ts";
import { addMessage, joinMessage } from "../prompts/messages.ts";
import type { PromptKind } from "../prompts/prompt.ts";
import { addPrompt } from "../prompts/prompts.ts";
import type { Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import { stoppedView } from "./agent-argument.ts";
import type { BotContext } from "./context.ts";
import { tellOfChoice } from "./tell-of-choice.ts";
import { sendView, type View } from "./view.ts";

/** What taking prompts needs. */
export interface TakePromptOptions {
  /** Milliseconds for which a text waits for a forwarded message that it is the comment to; 0 for none. */
  joinMs: number;
}

// For how long a text that may be part of a longer one waits for the rest; clients send it within a second.
const splitMs = 1500;

/**
 * Makes a text a prompt of the conversation's agent, or a part of one that waits: clients send a forwarded
 * message and the comment to it as two messages, the comment first, and a long text as several.
 */
export async function takePrompt(
  context: BotContext,
  message: Message,
  piece: Piece,
  { joinMs }: TakePromptOptions,
): Promise<void> {
  const { conversation, work } = context;
  work.addEffect(async (transaction) => {
    // Only here is it certain: it may be renamed or stopped at the same time.
    const agent = await boundAgent(transaction, conversation);
    const bound = await agentNamed(transaction, agent);
    const refused = notSent({ name: agent, id: bound?.id }, work.updateId);
    if (!(await isTaken(transaction, context, bound, refused))) return;
    const takenAt = Date.now();
    const waitMs = longestWait(piece, joinMs);
    const written = {
      agent,
      conversation: conversation.key,
      operator: message.from?.id ?? message.chat.id,
      chatMessageId: message.message_id,
      piece,
      sentAt: message.date * 1000,
      takenAt,
      updateId: work.updateId,
    };
    const receiveUntil = waitMs > 0 ? takenAt + waitMs : undefined;
    if (await joinMessage(transaction, { ...written, receiveUntil })) return;
    // Nothing follows a forwarded message that came without a comment.
    const isForward = piece.kind === "forward";
    await addMessage(transaction, {
      ...written,
      receiveUntil: isForward ? undefined : receiveUntil,
    });
    await tellOfChoice(transaction, { conversation, operator: message.from?.id }, agent);
  });
}

/** Milliseconds for which more may follow a message. */
function longestWait({ kind, text }: Piece, joinMs: number): number {
  return kind === "text" && text.length >= splitFrom ? splitMs : joinMs;
}

/**
 * Makes a command of opencode or of the shell a prompt of an agent: it waits among the others. Where a button
 * was pressed for it, its message says so and takes no second press.
 */
export function takeCommand(
  context: BotContext,
  { id, name }: Pick<Agent, "id" | "name">,
  { kind, text }: { kind: Exclude<PromptKind, "text">; text: string },
): void {
  const { conversation, work, msg, from, redraws } = context;
  if (!msg) return;
  work.addEffect(async (transaction) => {
    const now = await agentById(transaction, id);
    const agent = now?.name ?? name;
    const refused = stoppedView(now ?? { name });
    if (!(await isTaken(transaction, context, now, refused))) return;
    await addPrompt(transaction, {
      agent,
      conversation: conversation.key,
      operator: from?.id ?? msg.chat.id,
      chatMessageId: msg.message_id,
      kind,
      text,
      sentAt: msg.date * 1000,
      updateId: work.updateId,
    });
    const place = { conversation, operator: from?.id };
    if (redraws) {
      const said = texts.tools.queuedFor({ agent, command: text });
      await sendView(transaction, { ...place, redraws }, { text: said });
    }
    await tellOfChoice(transaction, place, agent);
  });
}

/** Whether an agent takes what was written; else its author is told. */
async function isTaken(
  transaction: Transaction,
  { conversation, from }: BotContext,
  agent: Agent | undefined,
  refused: View,
): Promise<boolean> {
  if (agent?.state === "active") {
    await useConversation(transaction, conversation);
    return true;
  }
  await sendView(transaction, { conversation, operator: from?.id }, refused);
  return false;
}

/** What is said of a prompt whose agent is stopped; the button starts it and sends the same update again. */
function notSent({ name, id }: { name: string; id: string | undefined }, updateId: number): View {
  const named = id === undefined ? { argument: `${updateId} ${name}` } : { of: id };
  return {
    text: texts.bot.isStopped({ agent: name }),
    asks: true,
    buttons: [
      [
        {
          label: texts.bot.startAndSend,
          command: "send_again",
          argument: `${updateId} ${agentMark}`,
          ...named,
        },
      ],
    ],
  };
}
