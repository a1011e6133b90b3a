import type { Message } from "grammy/types";
import { boundAgent } from "../agents/conversations.ts";
import { agentNamed } from "../agents/identity.ts";
import { agentMark } from "../buttons/command-buttons.ts";
import { mediaFile } from "../chat/media.ts";
import { aroundWords, pieceOf, writtenCommand, writtenShell } from "../chat/message-text.ts";
import { editMessage, type EditOutcome } from "../prompts/edit.ts";
import { continuesText } from "../prompts/messages.ts";
import type { Store, Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import { changeAround } from "../transcripts/transcript-table.ts";
import type { BotContext } from "./context.ts";
import { sendView, type View } from "./view.ts";

/**
 * Takes the edit of a message: it changes the prompt of that message while the prompt waits, and does nothing else.
 * If it comes too late, a button sends the new version as a separate prompt.
 */
export function takeEdit({ work, conversation, from, me }: BotContext, message: Message): void {
  const piece = pieceOf(message);
  // A live location is edited every few seconds.
  if (!piece || message.location) return;
  const command = writtenCommand(message) ?? writtenShell(message);
  const isCommand = command !== undefined;
  const isOurs = !command?.bot || command.bot.toLowerCase() === me.username.toLowerCase();
  // In a group another bot gets it.
  if (!isOurs && message.chat.type !== "private") return;
  const place = { conversation, operator: from?.id };
  const edited = { conversation: conversation.key, messageId: message.message_id };
  const around = message.voice || message.video_note ? aroundWords(message) : undefined;
  work.addEffect(async (transaction) => {
    const spoken =
      around && (await changeAround(transaction, conversation, edited.messageId, around));
    if (spoken === "late") {
      await sendView(transaction, place, { text: texts.voice.editTooLate });
    }
    if (spoken) return;
    const words = isCommand ? undefined : piece;
    const outcome = await editMessage(transaction, edited, words, mediaFile(message));
    const view = await answerTo(transaction, outcome, {
      isCommand,
      updateId: work.updateId,
      place,
    });
    if (view) await sendView(transaction, place, view);
  });
}

interface Edit {
  isCommand: boolean;
  updateId: number;
  place: Pick<BotContext, "conversation">;
}

/** What the operator is told of an edit; nothing if it succeeded. */
async function answerTo(
  transaction: Transaction,
  outcome: EditOutcome,
  { isCommand, updateId, place }: Edit,
): Promise<View | undefined> {
  const { kind } = outcome;
  if (kind === "edited" || kind === "same") return undefined;
  if (kind === "waits") return { text: texts.bot.editToCommand };
  if (kind === "other file") return { text: texts.bot.editOfFile };
  if (isCommand) return { text: texts.bot.editOfCommand };
  const name =
    "prompt" in outcome ? outcome.prompt.agent : await boundAgent(transaction, place.conversation);
  const text = whyNot(outcome, name);
  const agent = await agentNamed(transaction, name);
  if (!agent) return { text };
  const button = {
    label: texts.bot.sendAsItIs,
    command: "send_again",
    argument: `${updateId} ${agentMark}`,
    of: agent.id,
  };
  return { text, asks: true, buttons: [[button]] };
}

function whyNot(outcome: EditOutcome, agent: string): string {
  const { editOfCorrection, editOfDropped, editOfUnknown, editTooLate } = texts.bot;
  if (outcome.kind === "unknown") return editOfUnknown;
  if (outcome.kind === "correction") return editOfCorrection;
  const isLate = outcome.kind === "too late" && outcome.prompt.state !== "cancelled";
  return isLate ? editTooLate({ agent }) : editOfDropped;
}

/**
 * Whether what looks like a command is the rest of a text that a client has split: it follows a part of such a text,
 * and has several lines or begins with the mark of the shell. A command of a single line is a command.
 */
export async function isRestOfText(
  { store }: { store: Store },
  { conversation, from }: BotContext,
  message: Message,
): Promise<boolean> {
  const isShell = writtenShell(message) !== undefined;
  if (!from || (!isShell && !message.text?.includes("\n"))) return false;
  const sent = { conversation: conversation.key, operator: from.id, sentAt: message.date * 1000 };
  return store.read((transaction) => continuesText(transaction, sent));
}
