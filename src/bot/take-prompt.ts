import { agentMark } from "../buttons/command-buttons.ts";
import type { Message } from "grammy/types";
import type { Agent } from "../agents/agents.ts";
import { boundAgent, useConversation } from "../agents/conversations.ts";
import { agentById, agentNamed } from "../agents/identity.ts";
import { fileLabel, type MediaFile, mediaFile } from "../chat/media.ts";
import { pieceOf } from "../chat/message-text.ts";
import { isLong, type Piece } from "../chat/pieces.ts";
import { isKept } from "../prompts/message-table.ts";
import { addMessage, joinMessage, type NewMessage } from "../prompts/messages.ts";
import { albumUpdates } from "../inbox/inbox.ts";
import type { PromptKind } from "../prompts/prompt.ts";
import { addPrompt } from "../prompts/prompts.ts";
import type { Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import { type MaybeNew, startButton } from "./agent-buttons.ts";
import { stoppedView } from "./agent-argument.ts";
import { maxCloudBytes } from "../telegram/files.ts";
import { answer, type BotContext } from "./context.ts";
import { quoted } from "./quoted.ts";
import { tellOfChoice } from "./tell-of-choice.ts";
import { sendView, type View } from "./view.ts";

/** What taking prompts needs. */
export interface TakePromptOptions {
  /** Milliseconds for which a text waits for a forwarded message that it comments on; 0 for not at all. */
  joinMs: number;
  /** Most bytes of a file that can be downloaded from the Bot API server. */
  maxUploadBytes: number;
}

// How long a message that may be one of several waits for the others; clients send them within a second.
const moreMs = 1500;

/**
 * Makes a message and the file that came with it a prompt of the conversation's agent, or a part of one
 * that waits: clients send a forwarded message and the comment on it as two messages, the comment first, a long
 * text as several, and an album as one message for each file.
 */
export async function takePrompt(
  context: BotContext,
  message: Message,
  piece: Piece,
  { joinMs, maxUploadBytes }: TakePromptOptions,
): Promise<void> {
  const { conversation, work } = context;
  const file = mediaFile(message);
  const isTooLarge = (file?.size ?? 0) > maxUploadBytes;
  if (file && isTooLarge) {
    answer(context, tooLarge(file, maxUploadBytes));
    // The caption of an album is about all of it.
    if (message.media_group_id === undefined || piece.text === "") return;
  }
  work.addEffect(async (transaction) => {
    // Only here is it certain: it may be renamed or stopped at the same time.
    const agent = await boundAgent(transaction, conversation);
    const bound = await agentNamed(transaction, agent);
    const { updateId } = work;
    const about = { updateId, maxUploadBytes };
    const refused =
      bound?.state === "active"
        ? undefined
        : await refusalOf(transaction, message, about, bound ?? { name: agent });
    if (!(await isTaken(transaction, context, bound, refused))) return;
    const isPart = message.media_group_id !== undefined || isLong(piece);
    const waitMs = isPart ? moreMs : joinMs;
    const whole = writtenMessage(message, piece, { agent, conversation, updateId, waitMs });
    const written = isTooLarge ? { ...whole, files: [] } : whole;
    if (await joinMessage(transaction, written)) return;
    await addMessage(transaction, written);
    await tellOfChoice(transaction, { conversation, operator: message.from?.id }, agent);
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

/** A message as part of a prompt to an agent, for which more may be waited for `waitMs` milliseconds. */
export function writtenMessage(
  message: Message,
  piece: Piece,
  {
    conversation,
    ...rest
  }: Pick<NewMessage, "agent" | "updateId" | "waitMs"> & Pick<BotContext, "conversation">,
): NewMessage {
  const file = mediaFile(message);
  return {
    ...rest,
    conversation: conversation.key,
    operator: message.from?.id ?? message.chat.id,
    chatMessageId: message.message_id,
    piece,
    album: message.media_group_id,
    sentAt: (message.edit_date ?? message.date) * 1000,
    takenAt: Date.now(),
    ...(file && { files: [file] }),
  };
}

/** Why a file is refused before it is downloaded, and what the operator can do. */
function tooLarge({ media, original }: MediaFile, limit: number): string {
  const file = fileLabel({ media, name: quoted(original) });
  const said = { file, limit: `${Math.floor(limit / 1024 / 1024)} MB` };
  return limit === maxCloudBytes
    ? texts.uploads.tooLarge(said)
    : texts.uploads.tooLargeForAll(said);
}

/** Whether an agent takes what was written; otherwise its author is shown `refused`, if given. */
async function isTaken(
  transaction: Transaction,
  { conversation, from }: BotContext,
  agent: Agent | undefined,
  refused: View | undefined,
): Promise<boolean> {
  if (agent?.state === "active") {
    await useConversation(transaction, conversation);
    return true;
  }
  if (refused) await sendView(transaction, { conversation, operator: from?.id }, refused);
  return false;
}

/**
 * What is said of a message whose agent is stopped; nothing where another message of its album was refused before,
 * since one answer is for all of it. An album of which messages were taken has to be sent anew: those were dropped.
 */
async function refusalOf(
  transaction: Transaction,
  { media_group_id: album }: Message,
  { updateId, maxUploadBytes }: { updateId: number; maxUploadBytes: number },
  agent: MaybeNew,
): Promise<View | undefined> {
  const whole = notSent({ name: agent.name, id: agent.id }, updateId);
  if (album === undefined) return whole;
  let isPartTaken = false;
  for (const { update, isOpen } of await albumUpdates(transaction, updateId, album)) {
    const { update_id: id, message } = update;
    if (isOpen || id === updateId || (message && isLeftOut(message, maxUploadBytes))) continue;
    if (!(await isKept(transaction, id))) return undefined;
    isPartTaken = true;
  }
  if (!isPartTaken) return whole;
  const text = texts.bot.albumStopped({ agent: agent.name });
  return { text, buttons: [[startButton(agent)]] };
}

/** Whether all that was said of a message was that its file is too large. */
function isLeftOut(message: Message, maxUploadBytes: number): boolean {
  return (mediaFile(message)?.size ?? 0) > maxUploadBytes && pieceOf(message)?.text === "";
}

/** What the operator is told of a prompt whose agent is stopped; the button starts it and sends the same update again. */
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
