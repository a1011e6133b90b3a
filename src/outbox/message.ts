import type { Fallback } from "./fallback.ts";
import type { Speech } from "./speech.ts";

/** States of a call: `pending → sending → sent`, or `uncertain` and again, or `failed`. */
export type CallState = "pending" | "sending" | "sent" | "uncertain" | "failed";

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
  /** Bytes of the files it sends. */
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
  /** Milliseconds since the epoch before which it is not sent. */
  notBefore?: number;
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
  /** What it was when it was added, without what says who speaks and what is quoted; undefined where that is all. */
  unspoken: Pick<OutboxMessage, "payload" | "fallback"> | undefined;
  /** Undefined for a call that names no chat, such as the answer to a button. */
  chatId: number | undefined;
  /** The paths of our copies of the files it sends. */
  files: string[];
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
  /** See `filesOf`. */
  file: string | null;
  state: CallState;
  attempts: number;
  not_before: number;
  created_at: number;
  message_id: number | null;
  /** The ids of all messages of an album, as JSON. */
  album: string | null;
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
    files: filesOf(row.file),
    attempts: row.attempts + 1,
    createdAt: row.created_at,
    possibleDuplicate: row.state === "sending" || row.state === "uncertain",
    fallback,
    isBeside: row.is_beside === 1,
    speech: row.speech === null ? undefined : (JSON.parse(row.speech) as Speech),
  };
}

/** Files as they are stored: the path of the only one, which begins with a slash, or several as JSON. */
export function storedFiles(paths: readonly string[]): string | null {
  return paths.length > 1 ? JSON.stringify(paths) : (paths[0] ?? null);
}

/** The paths of the files that are stored so. */
export function filesOf(stored: string | null): string[] {
  if (stored === null) return [];
  return stored.startsWith("[") ? (JSON.parse(stored) as string[]) : [stored];
}

/** The ids of the messages that a call made. */
export function messageIdsOf({ message_id, album }: OutboxRow): number[] {
  if (album !== null) return JSON.parse(album) as number[];
  return message_id === null ? [] : [message_id];
}
