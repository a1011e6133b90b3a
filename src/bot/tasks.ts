import type { Conversation } from "../chat/conversation.ts";
import { conversationFromKey } from "../chat/conversation.ts";
import { readLaneHeads } from "../store/lane-heads.ts";
import type { Store, Transaction } from "../store/store.ts";

/** The signal that a task was added. */
export const taskSignal = "task";

/** Something a command does outside of the store. */
export interface NewTask {
  /** Tasks of one lane are done one after the other: an agent's name, or what else they must not share. */
  lane: string;
  /** The name of the command whose `Errand` does it. */
  command: string;
  input: unknown;
  conversation: Conversation;
  operator: number | undefined;
  /** The outbox call of the message that its outcome takes the place of. */
  outboxId?: number | undefined;
}

/** A task as it is kept. */
export interface Task {
  id: number;
  lane: string;
  command: string;
  input: unknown;
  conversation: Conversation;
  operator: number | undefined;
  outboxId: number | undefined;
  /** It was begun before, by a process that ended before its outcome was recorded. */
  wasBegun: boolean;
}

interface Row {
  id: number;
  lane: string;
  command: string;
  input: string;
  conversation: string;
  operator: number | null;
  state: "pending" | "running" | "done";
  outbox_id: number | null;
}

const open = "state IN ('pending', 'running')";
const queue = { table: "tasks", order: "id", open } as const;

/** Adds a task in the transaction that ends its command's update. */
export async function addTask(transaction: Transaction, task: NewTask): Promise<void> {
  await transaction.run(
    `INSERT INTO tasks (lane, command, input, conversation, operator, outbox_id, state, created_at)
     VALUES (?, ?, ?, ?, ?, ?, 'pending', ?)`,
    task.lane,
    task.command,
    JSON.stringify(task.input),
    task.conversation.key,
    task.operator ?? null,
    task.outboxId ?? null,
    Date.now(),
  );
  transaction.notify(taskSignal);
}

/** Records which outbox call made the message that says how a task goes. */
export async function recordTaskMessage(
  transaction: Transaction,
  id: number,
  outboxId: number,
): Promise<void> {
  await transaction.run("UPDATE tasks SET outbox_id = ? WHERE id = ?", outboxId, id);
}

/** Ends a task in the transaction that tells its outcome. */
export async function endTask(transaction: Transaction, id: number): Promise<void> {
  await transaction.run("UPDATE tasks SET state = 'done' WHERE id = ?", id);
}

/** Gives up the open tasks that `isUnwanted` names: nothing is done or told of them; the number of them. */
export async function dropTasks(
  transaction: Transaction,
  isUnwanted: (task: Task) => boolean,
): Promise<number> {
  const rows = await transaction.all<Row>(`SELECT * FROM tasks WHERE ${open}`);
  const unwanted = rows.map(toTask).filter(isUnwanted);
  for (const { id } of unwanted) await endTask(transaction, id);
  return unwanted.length;
}

/** Gives the tasks of a conversation its new key. */
export async function moveTasks(transaction: Transaction, from: string, to: string): Promise<void> {
  await transaction.run("UPDATE tasks SET conversation = ? WHERE conversation = ?", to, from);
}

/** Removes tasks that have ended; see `PruneStep`. */
export async function pruneTasks(
  transaction: Transaction,
  olderThan: number,
  limit: number,
): Promise<number> {
  const { changes } = await transaction.run(
    `DELETE FROM tasks WHERE id IN (
       SELECT id FROM tasks WHERE state = 'done' AND created_at < ? LIMIT ?)`,
    olderThan,
    limit,
  );
  return changes;
}

/** The first open task of each lane outside `busyLanes`, recorded as begun. */
export async function takeTasks(store: Store, busyLanes: ReadonlySet<string>): Promise<Task[]> {
  const heads = await store.read((transaction) => readLaneHeads<Row>(transaction, queue));
  const taken = heads.filter(({ lane }) => !busyLanes.has(lane));
  if (taken.length === 0) return [];
  await store.write(async (transaction) => {
    for (const { id } of taken) {
      await transaction.run("UPDATE tasks SET state = 'running' WHERE id = ?", id);
    }
  });
  return taken.map(toTask);
}

function toTask(row: Row): Task {
  return {
    id: row.id,
    lane: row.lane,
    command: row.command,
    input: JSON.parse(row.input),
    conversation: conversationFromKey(row.conversation),
    operator: row.operator ?? undefined,
    outboxId: row.outbox_id ?? undefined,
    wasBegun: row.state === "running",
  };
}
