import { randomBytes } from "node:crypto";
import { urgentMark } from "../chat/urgent-key.ts";
import { pin, unpin } from "../outbox/enqueue.ts";
import type { Transaction } from "../store/store.ts";

const doubleTapMs = 1000;

/** The buttons of one message: they are shown, used up and replaced together. */
export interface ButtonSet {
  /** Which part of Switchboard acts on a press. */
  purpose: string;
  /** What the message is about; no two messages of one purpose share it. */
  subject: string;
}

/** A button to add. */
export interface NewButton extends ButtonSet {
  /** What a press means to its purpose; stored as JSON. */
  action: unknown;
  /** Key of the conversation it is shown in. */
  conversation: string;
  /** The only user who may press it; any operator of the conversation when undefined. */
  operator?: number | undefined;
  /** A press uses up all buttons of its message; else they work until their message is redrawn. */
  once: boolean;
  /** It stays until its owner drops it, however old it is. */
  isKept?: boolean;
  /** Its presses wait behind no other update; see `isUrgentKey`. */
  isUrgent?: boolean;
}

/** A button as it is stored. */
export interface Button extends ButtonSet {
  key: string;
  action: unknown;
  conversation: string;
  operator: number | undefined;
  once: boolean;
  isUsed: boolean;
  /** The outbox call that made the message that shows it. */
  outboxId: number | undefined;
}

interface ButtonRow {
  key: string;
  purpose: string;
  subject: string;
  action: string;
  conversation: string;
  operator: number | null;
  once: number;
  used_by: number | null;
  outbox_id: number | null;
}

/**
 * Adds a button to the message of a subject; resolves to its key, which goes into `callback_data`: 24
 * characters that nobody can guess, and a mark before them where it is urgent. Its message is named by
 * `bindButtons`.
 */
export async function addButton(transaction: Transaction, button: NewButton): Promise<string> {
  const key = `${button.isUrgent ? urgentMark : ""}${randomBytes(18).toString("base64url")}`;
  await transaction.run(
    `INSERT INTO buttons
       (key, purpose, subject, action, conversation, operator, once, is_kept, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    key,
    button.purpose,
    button.subject,
    JSON.stringify(button.action ?? null),
    button.conversation,
    button.operator ?? null,
    button.once ? 1 : 0,
    button.isKept ? 1 : 0,
    Date.now(),
  );
  return key;
}

/**
 * Says which outbox call makes, or has made, the message that shows the buttons. That call is pinned
 * while they are stored, so that its message can be edited.
 */
export async function bindButtons(
  transaction: Transaction,
  { purpose, subject }: ButtonSet,
  outboxId: number,
): Promise<void> {
  await transaction.run(
    "UPDATE buttons SET outbox_id = ? WHERE purpose = ? AND subject = ?",
    outboxId,
    purpose,
    subject,
  );
  await pin(transaction, outboxId);
}

/** The button of a key, used or not. */
export async function findButton(
  transaction: Transaction,
  key: string,
): Promise<Button | undefined> {
  const row = await transaction.get<ButtonRow>("SELECT * FROM buttons WHERE key = ?", key);
  return row && toButton(row);
}

/** The keys of the buttons that a message shows. */
export async function keysOf(
  transaction: Transaction,
  { purpose, subject }: ButtonSet,
): Promise<string[]> {
  const rows = await transaction.all<Pick<ButtonRow, "key">>(
    "SELECT key FROM buttons WHERE purpose = ? AND subject = ? ORDER BY created_at",
    purpose,
    subject,
  );
  return rows.map(({ key }) => key);
}

/** The buttons that a message shows, used or not, in no order. */
export async function shownButtons(
  transaction: Transaction,
  { purpose, subject }: ButtonSet,
): Promise<Button[]> {
  const rows = await transaction.all<ButtonRow>(
    "SELECT * FROM buttons WHERE purpose = ? AND subject = ?",
    purpose,
    subject,
  );
  return rows.map(toButton);
}

/** Uses up all buttons of a message: none of them works any more. */
export async function consumeButtons(
  transaction: Transaction,
  { purpose, subject }: ButtonSet,
  operator: number,
): Promise<void> {
  await transaction.run(
    "UPDATE buttons SET used_by = ? WHERE purpose = ? AND subject = ? AND used_by IS NULL",
    operator,
    purpose,
    subject,
  );
}

/**
 * Records a press, of the time `pressedAt` (milliseconds since the epoch), of a button that works more than
 * once. False for one within a second of the press before: a finger tapped twice.
 */
export async function recordPress(
  transaction: Transaction,
  key: string,
  pressedAt: number,
): Promise<boolean> {
  const { changes } = await transaction.run(
    `UPDATE buttons SET pressed_at = ?
     WHERE key = ? AND (pressed_at IS NULL OR pressed_at NOT BETWEEN ? AND ?)`,
    pressedAt,
    key,
    pressedAt - doubleTapMs,
    pressedAt + doubleTapMs,
  );
  return changes > 0;
}

/** Removes the buttons that a message showed so far: it is redrawn, or nobody asks any more. */
export async function dropButtons(
  transaction: Transaction,
  { purpose, subject }: ButtonSet,
): Promise<void> {
  const dropped = await transaction.all<Pick<ButtonRow, "outbox_id">>(
    "DELETE FROM buttons WHERE purpose = ? AND subject = ? RETURNING outbox_id",
    purpose,
    subject,
  );
  await unpinCalls(transaction, dropped);
}

/** Gives the buttons of a conversation its new key. */
export async function moveButtons(
  transaction: Transaction,
  from: string,
  to: string,
): Promise<void> {
  await transaction.run("UPDATE buttons SET conversation = ? WHERE conversation = ?", to, from);
}

/** Removes old buttons, used or not, but those that their owner drops; see `PruneStep`. */
export async function pruneButtons(
  transaction: Transaction,
  olderThan: number,
  limit: number,
): Promise<number> {
  const pruned = await transaction.all<Pick<ButtonRow, "outbox_id">>(
    `DELETE FROM buttons WHERE key IN (
       SELECT key FROM buttons WHERE is_kept = 0 AND created_at < ? LIMIT ?) RETURNING outbox_id`,
    olderThan,
    limit,
  );
  await unpinCalls(transaction, pruned);
  return pruned.length;
}

async function unpinCalls(
  transaction: Transaction,
  gone: Pick<ButtonRow, "outbox_id">[],
): Promise<void> {
  for (const id of new Set(gone.map(({ outbox_id }) => outbox_id))) {
    if (id !== null) await unpin(transaction, id);
  }
}

function toButton(row: ButtonRow): Button {
  return {
    key: row.key,
    purpose: row.purpose,
    subject: row.subject,
    action: JSON.parse(row.action) as unknown,
    conversation: row.conversation,
    operator: row.operator ?? undefined,
    once: row.once === 1,
    isUsed: row.used_by !== null,
    outboxId: row.outbox_id ?? undefined,
  };
}
