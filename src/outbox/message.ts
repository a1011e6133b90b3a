import type { Speech } from "./speech.ts";

/** States of a call: `pending → sending → sent`, or `uncertain` and again, or `failed`. */
export type CallState = "pending" | "sending" | "sent" | "uncertain" | "failed";

/** What becomes of a call that Telegram does not take as it is. */
export interface Fallback {
  /** Outbox ids of calls that must have been sent before; else `unmet` replaces the payload. */
  needs?: number[];
  /** Fields that replace those of the payload when a needed call was given up. */
  unmet?: object;
  /** The payload after a refusal (status 400), tried once. */
  refused?: object;
  /**
   * The fields of the messages that stand for a rich one which Telegram refuses, one after another; beside
   * them goes its place. An unknown outcome is never sent again in this other form.
   */
  classic?: object[];
  /** The messages that follow this one in its place in the lane. */
  next?: object[];
  /** What is said in the same place when the call is given up. */
  failed?: string;
}

/** A Telegram call to add. */
export interface NewMessage {
  /** Calls of one lane go out in the order they were added. */
  lane: string;
  method: string;
  /**
   * May hold `message_of: <outbox id>` in place of `message_id`: it is filled in when that earlier
   * call has been sent.
   */
  payload: object;
  replyId?: string | undefined;
  /** Whose reply it is part of: an agent's name, or `programs`. */
  agent?: string | undefined;
  /** Bytes of the file it sends. */
  fileBytes?: number | undefined;
  /** What it is about, so that it can be replaced before it is sent. */
  subject?: string;
  /** Its message is edited later, so the row is not pruned before `unpin`. */
  isPinned?: boolean;
  /** Its message shows a turn at work, so that the answer below still stands right below its prompt. */
  isBeside?: boolean;
  /** Whose words it holds, if an agent says them. */
  speech?: Speech | undefined;
  fallback?: Fallback | undefined;
}

/** What takes the place of a call, in the same place of its lane. */
export type OtherCall = Pick<OutboxMessage, "method" | "payload" | "fallback" | "speech">;

/** One Telegram call that waits to be sent. */
export interface OutboxMessage {
  id: number;
  lane: string;
  method: string;
  payload: Record<string, unknown>;
  replyId: string | undefined;
  /** The payload as it was added, without what says who speaks and what is quoted; undefined where that is all. */
  unspoken: Record<string, unknown> | undefined;
  /** Undefined for a call that names no chat, such as the answer to a button. */
  chatId: number | undefined;
  /** The path of our copy of the file it sends. */
  file: string | undefined;
  /** How often it was begun, this time included. */
  attempts: number;
  /** Milliseconds since the epoch. */
  createdAt: number;
  /** An earlier attempt may have taken effect: Telegram never answered it. */
  possibleDuplicate: boolean;
  fallback: Fallback;
  isBeside: boolean;
  speech: Speech | undefined;
}

/** A row of the table `outbox`. */
export interface OutboxRow {
  id: number;
  lane: string;
  method: string;
  payload: string;
  reply_id: string | null;
  chat_id: number | null;
  file: string | null;
  state: CallState;
  attempts: number;
  not_before: number;
  created_at: number;
  message_id: number | null;
  fallback: string | null;
  is_beside: number;
  speech: string | null;
}

/** A row as the rest of the code knows it; its payload may have been completed or replaced. */
export function toMessage(
  row: OutboxRow,
  { payload, fallback }: Pick<OutboxMessage, "payload" | "fallback">,
): OutboxMessage {
  return {
    id: row.id,
    lane: row.lane,
    method: row.method,
    payload,
    unspoken: undefined,
    replyId: row.reply_id ?? undefined,
    chatId: row.chat_id ?? undefined,
    file: row.file ?? undefined,
    attempts: row.attempts + 1,
    createdAt: row.created_at,
    possibleDuplicate: row.state === "sending" || row.state === "uncertain",
    fallback,
    isBeside: row.is_beside === 1,
    speech: row.speech === null ? undefined : (JSON.parse(row.speech) as Speech),
  };
}
