import { agentMark } from "../buttons/command-buttons.ts";
import type { Message } from "grammy/types";
import type { Agent } from "../agents/agents.ts";
import { boundAgent, useConversation } from "../agents/conversations.ts";
import { agentById, agentNamed } from "../agents/identity.ts";
import { withAge } from "../chat/age.ts";
import { fileLabel, type MediaFile, mediaFile } from "../chat/media.ts";
import type { PromptKind } from "../prompts/prompt.ts";
import { joinPrompt } from "../prompts/join.ts";
import { addPrompt } from "../prompts/prompts.ts";
import type { Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import { stoppedView } from "./agent-argument.ts";
import { maxCloudBytes } from "../telegram/files.ts";
import { answer, type BotContext } from "./context.ts";
import { quoted } from "./quoted.ts";
import { tellOfChoice } from "./tell-of-choice.ts";
import { sendView, type View } from "./view.ts";

/** What taking prompts needs. */
export interface TakePromptOptions {
  /** Milliseconds for which a text waits for a forwarded message that it is the comment to; 0 for none. */
  joinMs: number;
  /** Most bytes of a file that the Bot API server gives. */
  maxUploadBytes: number;
}

// Telegram splits a longer paste, so that such a text is no comment (UTF-16 units).
const longestComment = 4000;

/**
 * Makes what a message says and the file that came with it a prompt of the conversation's agent. Telegram sends a
 * forwarded message and the comment to it as two messages, the comment first: they become one prompt.
 */
export async function takePrompt(
  context: BotContext,
  message: Message,
  text: string,
  { joinMs, maxUploadBytes }: TakePromptOptions,
): Promise<void> {
  const { conversation, work } = context;
  const file = mediaFile(message);
  if (file && (file.size ?? 0) > maxUploadBytes) {
    return answer(context, tooLarge(file, maxUploadBytes));
  }
  const sentAt = message.date * 1000;
  work.addEffect(async (transaction) => {
    // Only here is it certain: it may be renamed or stopped at the same time.
    const agent = await boundAgent(transaction, conversation);
    const bound = await agentNamed(transaction, agent);
    const refused = notSent({ name: agent, id: bound?.id }, work.updateId);
    if (!(await isTaken(transaction, context, bound, refused))) return;
    const now = Date.now();
    const place = { conversation, operator: message.from?.id };
    const written = {
      agent,
      conversation: conversation.key,
      operator: message.from?.id ?? message.chat.id,
      chatMessageId: message.message_id,
      text: withAge(text, sentAt, now),
      sentAt,
      ...(file && { files: [file] }),
    };
    const receiveUntil = now + joinMs;
    if (message.forward_origin) {
      if (await joinPrompt(transaction, { ...written, receiveUntil })) return;
      await addPrompt(transaction, { ...written, updateId: work.updateId });
      return tellOfChoice(transaction, place, agent);
    }
    const mayBeComment = joinMs > 0 && !file && text.length < longestComment;
    await addPrompt(transaction, {
      ...written,
      updateId: work.updateId,
      receiveUntil: mayBeComment ? receiveUntil : undefined,
    });
    await tellOfChoice(transaction, place, agent);
  });
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

/** Why a file is refused before it is loaded, and what can be done. */
function tooLarge({ media, original }: MediaFile, limit: number): string {
  const file = fileLabel({ media, name: quoted(original) });
  const said = { file, limit: `${Math.floor(limit / 1024 / 1024)} MB` };
  return limit === maxCloudBytes
    ? texts.uploads.tooLarge(said)
    : texts.uploads.tooLargeForAll(said);
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
