import type { Transaction } from "../store/store.ts";
import { conversationKeyOf } from "./lanes.ts";
import type { Fallback } from "./fallback.ts";
import { messageIdsOf, type OutboxRow } from "./message.ts";
import type { Speech } from "./speech.ts";

/** A message that holds an agent's words. */
export interface Spoken {
  /** Key of the conversation it is in. */
  conversation: string;
  speech: Speech;
  /** Its words without formatting, or the name of the file it is. */
  text: string;
}

interface File {
  name?: string;
}

interface Shown {
  text?: string;
  caption?: string;
  document?: File;
  photo?: File;
  video?: File;
  /** The files of an album. */
  media?: { caption?: string; media?: File }[];
}

// Most messages of an album; the last of them is the one in `message_id`.
const longestAlbum = 10;

/** The words of an agent that a message of a chat holds; undefined for any other one, or one not kept any more. */
export async function spokenIn(
  transaction: Transaction,
  chatId: number,
  messageId: number,
): Promise<Spoken | undefined> {
  const rows = await transaction.all<OutboxRow & { speech: string }>(
    `SELECT * FROM outbox
     WHERE chat_id = ? AND message_id >= ? AND message_id < ? AND speech IS NOT NULL AND message_id IS NOT NULL
     ORDER BY message_id, id DESC`,
    chatId,
    messageId,
    messageId + longestAlbum,
  );
  const row = rows.find((one) => messageIdsOf(one).includes(messageId));
  if (!row) return undefined;
  const speech = JSON.parse(row.speech) as Speech;
  // Read aloud are the words that it answers.
  const { answers } = speech;
  if (row.method === "sendVoice" && answers !== undefined && answers < messageId) {
    return spokenIn(transaction, chatId, answers);
  }
  const payload = JSON.parse(row.payload) as Shown;
  const { classic = [] } = JSON.parse(row.fallback ?? "{}") as Fallback;
  // A rich message is Markdown; what stands for it where Telegram refuses it is plain.
  const shown: Shown = { ...classic[0], ...payload };
  const item = shown.media?.[messageIdsOf(row).indexOf(messageId)];
  const { name } = shown.document ?? shown.photo ?? shown.video ?? item?.media ?? {};
  return {
    conversation: conversationKeyOf(row.lane),
    speech,
    text: shown.text ?? shown.caption ?? item?.caption ?? name ?? "",
  };
}
