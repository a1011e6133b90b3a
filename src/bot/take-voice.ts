import type { Message } from "grammy/types";
import { boundAgent, useConversation } from "../agents/conversations.ts";
import { agentNamed } from "../agents/identity.ts";
import { type Button, consumeButtons } from "../buttons/buttons.ts";
import { findPressed, type Press } from "../buttons/find-pressed.ts";
import { conversationFromKey } from "../chat/conversation.ts";
import { mediaFile } from "../chat/media.ts";
import { aroundWords, ownText } from "../chat/message-text.ts";
import { answerPress, say } from "../outbox/say.ts";
import { keepPlace } from "../prompts/place.ts";
import type { Store, Transaction } from "../store/store.ts";
import { maxCloudBytes } from "../telegram/files.ts";
import { texts } from "../texts/texts.ts";
import { sendWords } from "../transcripts/send-words.ts";
import {
  askForCorrection,
  buttonsOf,
  redrawWords,
  type TranscriptAction,
} from "../transcripts/show-words.ts";
import {
  addTranscript,
  answeredTranscript,
  type TelegramRecording,
  type Transcript,
  transcriptOf,
} from "../transcripts/transcript-table.ts";
import type { BotContext } from "./context.ts";
import { tellOfChoice } from "./tell-of-choice.ts";

/**
 * The recording of a voice message or video note. Undefined for other messages, and for a recording that is too large
 * to be transcribed, which is a file like others.
 */
export function recordingIn(message: Message): TelegramRecording | undefined {
  const { voice, video_note: note } = message;
  const file = mediaFile(message);
  if (!file || (file.media !== "voice" && file.media !== "video note")) return undefined;
  if ((file.size ?? 0) > maxCloudBytes) return undefined;
  const duration = (voice ?? note)?.duration ?? 0;
  return { file, seconds: Number.isFinite(duration) ? Math.max(0, duration) : 0 };
}

/**
 * Has a recording transcribed. Its words become a prompt when an operator sends them; unless `isAsked`, they have
 * their place among the prompts from now on.
 */
export function takeVoice(
  { conversation, work }: BotContext,
  message: Message,
  recording: TelegramRecording,
  isAsked: boolean,
): void {
  const { updateId } = work;
  const operator = message.from?.id ?? message.chat.id;
  const said = {
    updateId,
    operator,
    chatMessageId: message.message_id,
    sentAt: message.date * 1000,
  };
  work.addEffect(async (transaction) => {
    const around = aroundWords(message);
    await addTranscript(transaction, { ...said, conversation, recording, around });
    const agent = await boundAgent(transaction, conversation);
    const bound = await agentNamed(transaction, agent);
    // The words for a stopped agent are shown, and wait until it runs.
    if (isAsked || bound?.state !== "active") return;
    await useConversation(transaction, conversation);
    await keepPlace(
      transaction,
      { ...said, agent, conversation: conversation.key },
      recording.file,
    );
    await tellOfChoice(transaction, { conversation, operator }, agent);
  });
}

/**
 * Makes a text that replies to what was heard in a voice message a prompt in its place. False for one that replies to
 * something else.
 */
export async function takeCorrection(
  { conversation, work }: BotContext,
  message: Message,
  store: Store,
): Promise<boolean> {
  const answered = message.reply_to_message?.message_id;
  const words = message.forward_origin ? undefined : ownText(message);
  if (answered === undefined || words === undefined || !message.from) return false;
  const by = { operator: message.from.id, messageId: answered };
  const corrects = (transaction: Transaction) => answeredTranscript(transaction, conversation, by);
  if (!(await store.read(corrects))) return false;
  const { message_id: chatMessageId, date } = message;
  const written = { words, updateId: work.updateId, chatMessageId, sentAt: date * 1000 };
  work.addEffect(async (transaction) => {
    const transcript = await corrects(transaction);
    if (!transcript) return say(transaction, conversation, texts.voice.alreadySent);
    const { agent, kept } = await sendWords(transaction, transcript, written);
    if (kept) return say(transaction, conversation, texts.voice.notCorrected({ agent }));
    const head = texts.voice.sentCorrected({ agent });
    await endWords(transaction, transcript, head, agent);
  });
  return true;
}

/** Acts on a press of *Send* or *Edit* below what was heard. */
export function pressTranscript(
  { work }: BotContext,
  one: Press,
  { action, conversation }: Button,
): void {
  const { transcript: id, does } = action as TranscriptAction;
  work.addEffect(async (transaction) => {
    // Two presses at once act once.
    const found = await findPressed(transaction, one);
    if ("refusal" in found) return answerPress(transaction, one.queryId, found.refusal);
    const known = await transcriptOf(transaction, id);
    if (known?.state !== "shown" || known.words === undefined) {
      return answerPress(transaction, one.queryId, texts.buttons.spent);
    }
    const { words, chatMessageId } = known;
    // Its group may have a new id since.
    const transcript = { ...known, conversation: conversationFromKey(conversation) };
    if (does === "edit") {
      // The answer to one of two such messages would be taken for something else.
      if (known.isAsked) return answerPress(transaction, one.queryId, texts.voice.asked);
      await askForCorrection(transaction, transcript, words);
      return answerPress(transaction, one.queryId, "");
    }
    const sentAt = Math.floor(work.receivedAt / 1000) * 1000;
    const message = { updateId: work.updateId, chatMessageId, sentAt };
    const { agent, kept } = await sendWords(transaction, transcript, { ...message, words });
    const { stopped, sent, sentTo } = texts.voice;
    if (!kept) await endWords(transaction, transcript, sentTo({ agent }), agent);
    const notice = kept ? stopped({ agent }) : sent({ agent });
    await answerPress(transaction, one.queryId, notice);
  });
}

async function endWords(
  transaction: Transaction,
  transcript: Transcript,
  head: string,
  agent: string,
): Promise<void> {
  const { id, conversation, operator, words = "" } = transcript;
  await consumeButtons(transaction, buttonsOf(id), operator);
  await redrawWords(transaction, transcript, head, words);
  await tellOfChoice(transaction, { conversation, operator }, agent);
}
