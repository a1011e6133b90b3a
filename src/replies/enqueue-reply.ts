import type { Conversation } from "../chat/conversation.ts";
import { maxEntities } from "../chat/markdown/split.ts";
import { maxCaptionLength } from "../chat/limits.ts";
import { type Answer, partsOf } from "../outbox/answer.ts";
import { type Media, mediaParts } from "../outbox/media.ts";
import { type SaidPart, sayParts } from "../outbox/say.ts";
import { introductionRoom, type Speech } from "../outbox/speech.ts";
import type { Transaction } from "../store/store.ts";
import { readAloud } from "../voice/read-aloud.ts";
import { bindChoices, type Choices } from "./choices.ts";

/** A reply that was accepted. */
export interface AcceptedReply {
  id: string;
  /** Whose share of the outbox it counts in. */
  share: string;
  answer: Answer;
  files: Media[];
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
  const keyboard = choices?.keyboard;
  const options = { kind: "reply", replyId, agent, silent, speech, keyboard } as const;
  const parts = await partsOfReply(transaction, conversation, reply);
  const last = await sayParts(transaction, conversation, parts, options);
  if (last === undefined) return;
  if (choices) await bindChoices(transaction, choices, last);
  if (!speech) return;
  await readAloud(transaction, conversation, { ...reply.answer, speech, outboxId: last });
}

/** The parts of a reply. A text that is too long for a caption goes before the files. */
async function partsOfReply(
  transaction: Transaction,
  conversation: Conversation,
  { answer, files, speech, choices }: AcceptedReply,
): Promise<SaidPart[]> {
  const room = speech ? introductionRoom : 0;
  const caption = files.length > 0 ? captionOf(answer, maxCaptionLength - room) : undefined;
  const parts = mediaParts(files, caption, choices !== undefined);
  if (caption) return parts;
  return [...(await partsOf(transaction, conversation, answer)), ...parts];
}

/** The fields of a caption; undefined for an answer that is too long for one. */
function captionOf(
  { messages: [first, ...rest], document }: Answer,
  limit: number,
): object | undefined {
  if (!first) return {};
  const { text, entities } = first;
  const isShort = text.length <= limit && entities.length <= maxEntities;
  if (!isShort || rest.length > 0 || document) return undefined;
  return { caption: text, ...(entities.length > 0 && { caption_entities: entities }) };
}
