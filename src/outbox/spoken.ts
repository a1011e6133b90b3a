import type { Transaction } from "../store/store.ts";
import { conversationKeyOf } from "./lanes.ts";
import type { Fallback, OutboxRow } from "./message.ts";
import type { Speech } from "./speech.ts";

/** A message that holds an agent's words. */
export interface Spoken {
  /** Key of the conversation it is in. */
  conversation: string;
  speech: Speech;
  /** Its words without formatting, or the name of the file it is. */
  text: string;
}

interface Shown {
  text?: string;
  caption?: string;
  document?: { name?: string };
}

/** The words of an agent that a message of a chat holds; undefined for any other one, or one not kept any more. */
export async function spokenIn(
  transaction: Transaction,
  chatId: number,
  messageId: number,
): Promise<Spoken | undefined> {
  const row = await transaction.get<
    Pick<OutboxRow, "lane" | "payload" | "fallback"> & { speech: string }
  >(
    `SELECT lane, payload, fallback, speech FROM outbox
     WHERE chat_id = ? AND message_id = ? AND speech IS NOT NULL AND message_id IS NOT NULL
     ORDER BY id DESC LIMIT 1`,
    chatId,
    messageId,
  );
  if (!row) return undefined;
  const payload = JSON.parse(row.payload) as Shown;
  const { classic = [] } = JSON.parse(row.fallback ?? "{}") as Fallback;
  // A rich message is Markdown; what stands for it where Telegram refuses it is plain.
  const shown: Shown = { ...classic[0], ...payload };
  return {
    conversation: conversationKeyOf(row.lane),
    speech: JSON.parse(row.speech) as Speech,
    text: shown.text ?? shown.caption ?? shown.document?.name ?? "",
  };
}
