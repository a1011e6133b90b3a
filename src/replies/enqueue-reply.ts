import type { Conversation } from "../chat/conversation.ts";
import { maxCaptionLength, maxTextLength, splitText } from "../chat/split.ts";
import type { KeptFile } from "../outbox/kept-files.ts";
import { outboxLane } from "../outbox/lanes.ts";
import type { NewMessage } from "../outbox/message.ts";
import { enqueue } from "../outbox/outbox.ts";
import { target } from "../outbox/say.ts";
import { introductionRoom, longestSpoken, type Speech, speechOfPart } from "../outbox/speech.ts";
import type { Transaction } from "../store/store.ts";
import { bindChoices, type Choices } from "./choices.ts";

/** A reply that was accepted. */
export interface AcceptedReply {
  id: string;
  /** Whose share of the outbox it counts in. */
  share: string;
  text: string;
  files: KeptFile[];
  silent: boolean;
  /** Undefined for a program that is no agent. */
  speech: Speech | undefined;
  choices: Choices | undefined;
}

/** Adds a reply to the outbox, in as many messages as it takes; its buttons are on the last one. */
export async function enqueueReply(
  transaction: Transaction,
  conversation: Conversation,
  reply: AcceptedReply,
): Promise<void> {
  const { id: replyId, share: agent, silent, speech, choices } = reply;
  const parts = partsOf(reply);
  for (const [index, { method, fields, fileBytes }] of parts.entries()) {
    const isLast = index === parts.length - 1;
    const id = await enqueue(transaction, {
      lane: outboxLane(conversation.key, "reply"),
      method,
      payload: {
        ...target(conversation),
        ...fields,
        ...(silent && { disable_notification: true }),
        ...(isLast && choices && { reply_markup: { inline_keyboard: choices.keyboard } }),
      },
      replyId,
      agent,
      fileBytes,
      speech: speechOfPart(speech, index, parts.length),
    });
    if (isLast && choices) await bindChoices(transaction, choices, id);
  }
}

interface Part extends Pick<NewMessage, "method" | "fileBytes"> {
  fields: object;
}

/** The messages of a reply. A text that is too long for a caption goes before the files. */
function partsOf({ text, files, speech }: AcceptedReply): Part[] {
  const room = speech ? introductionRoom : 0;
  const isCaption = files.length > 0 && text.length <= maxCaptionLength - room;
  const messages = isCaption ? [] : splitText(text, speech ? longestSpoken : maxTextLength);
  const documents = files.map(({ path, name, bytes }, index): Part => {
    const [caption] = isCaption && index === 0 ? splitText(text, maxCaptionLength) : [];
    const fields = { document: { path, name }, ...(caption !== undefined && { caption }) };
    return { method: "sendDocument", fields, fileBytes: bytes };
  });
  // Fetching a URL that the agent wrote could carry data away.
  const plain = { link_preview_options: { is_disabled: true } };
  return [
    ...messages.map((part) => ({ method: "sendMessage", fields: { text: part, ...plain } })),
    ...documents,
  ];
}
