import { addButton, bindButtons, type ButtonSet } from "../buttons/buttons.ts";
import { codeBlock, type FormattedText, joined, shortened } from "../chat/formatted-text.ts";
import { maxTextLength } from "../chat/limits.ts";
import { outboxLane } from "../outbox/lanes.ts";
import { enqueue } from "../outbox/enqueue.ts";
import { target } from "../outbox/say.ts";
import type { Transaction } from "../store/store.ts";
import { texts } from "../texts/texts.ts";
import { recordMessage, type Transcript } from "./transcript-table.ts";

/** The purpose of the buttons below words that were heard. */
export const transcriptPurpose = "transcript";

/** What a press of such a button means. */
export interface TranscriptAction {
  transcript: number;
  does: "send" | "edit";
}

/** What the buttons below the words of a voice message are stored under. */
export function buttonsOf(id: number): ButtonSet {
  return { purpose: transcriptPurpose, subject: `${id}` };
}

const headRoom = 200;
// A longer one would fill the screen of a phone.
const shortQuote = 600;

type Shown = Pick<Transcript, "id" | "conversation" | "operator" | "chatMessageId">;

/** Shows what was heard below the voice message, with the buttons that make it a prompt. */
export async function showWords(
  transaction: Transaction,
  shown: Shown,
  words: string,
): Promise<void> {
  const { id, conversation, operator } = shown;
  const keys = [];
  for (const does of ["send", "edit"] as const) {
    const action: TranscriptAction = { transcript: id, does };
    const button = { ...buttonsOf(id), action, conversation: conversation.key, operator };
    const key = await addButton(transaction, { ...button, once: does === "send" });
    keys.push({ text: texts.voice[does], callback_data: key });
  }
  const outboxId = await sendBelow(transaction, shown, quoted(texts.voice.heard, words), {
    inline_keyboard: [keys],
  });
  await bindButtons(transaction, buttonsOf(id), outboxId);
  await recordMessage(transaction, id, outboxId, "shown");
}

/** Shows below the voice message what was heard and sent. */
export async function showSent(
  transaction: Transaction,
  shown: Shown,
  { agent, words }: { agent: string; words: string },
): Promise<void> {
  await sendBelow(transaction, shown, quoted(texts.voice.sentTo({ agent }), words));
}

/** Asks for a correction: the reply to this message becomes the prompt. */
export async function askForCorrection(
  transaction: Transaction,
  shown: Shown,
  words: string,
): Promise<void> {
  const { howToEdit, writeIt } = texts.voice;
  // A code block can be copied with one tap.
  const block = codeBlock(shortened(words, maxTextLength - headRoom));
  const outboxId = await sendBelow(transaction, shown, joined(`${howToEdit}\n`, block), {
    force_reply: true,
    selective: true,
    input_field_placeholder: writeIt,
  });
  await recordMessage(transaction, shown.id, outboxId, "asked");
}

/** Says in the message with the words what became of them, and removes its buttons. */
export async function redrawWords(
  transaction: Transaction,
  { conversation, outboxId }: Pick<Transcript, "conversation" | "outboxId">,
  head: string,
  words: string,
): Promise<void> {
  if (outboxId === undefined) return;
  await enqueue(transaction, {
    lane: outboxLane(conversation.key, "urgent"),
    method: "editMessageText",
    payload: {
      chat_id: conversation.chatId,
      message_of: outboxId,
      ...fieldsOf(quoted(head, words)),
    },
  });
}

function sendBelow(
  transaction: Transaction,
  { conversation, chatMessageId }: Shown,
  text: FormattedText,
  markup?: object,
): Promise<number> {
  return enqueue(transaction, {
    lane: outboxLane(conversation.key, "urgent"),
    method: "sendMessage",
    payload: {
      ...target(conversation),
      ...fieldsOf(text),
      // It may have been deleted.
      reply_parameters: { message_id: chatMessageId, allow_sending_without_reply: true },
      ...(markup && { reply_markup: markup }),
    },
  });
}

function fieldsOf({ text, entities }: FormattedText) {
  // Fetching a URL that was said could carry data away.
  return { text, entities, link_preview_options: { is_disabled: true } };
}

function quoted(head: string, words: string): FormattedText {
  const text = shortened(words, maxTextLength - headRoom);
  const type = text.length > shortQuote ? "expandable_blockquote" : "blockquote";
  return joined(`${head}\n`, { text, entities: [{ type, offset: 0, length: text.length }] });
}
