import type { Transaction } from "../../store/store.ts";

/** A live message that does not show the end of its turn yet. */
export interface LiveMessage {
  /** The first prompt of the turn. */
  promptId: number;
  agent: string;
  sessionId: string;
  /** Key of the conversation. */
  conversation: string;
  /** The outbox call that made it. */
  outboxId: number;
  /** When the turn began; milliseconds since the epoch. */
  startedAt: number;
}

interface Row {
  prompt_id: number;
  agent: string;
  session_id: string;
  conversation: string;
  outbox_id: number;
  started_at: number;
}

/** Records that a turn has a live message. */
export async function addLiveMessage(
  transaction: Transaction,
  message: LiveMessage,
): Promise<void> {
  await transaction.run(
    `INSERT INTO live_messages (prompt_id, agent, session_id, conversation, outbox_id, started_at)
     VALUES (?, ?, ?, ?, ?, ?)`,
    message.promptId,
    message.agent,
    message.sessionId,
    message.conversation,
    message.outboxId,
    message.startedAt,
  );
}

/** The live messages that do not show the end of their turns yet. */
export async function liveMessages(transaction: Transaction): Promise<LiveMessage[]> {
  const rows = await transaction.all<Row>("SELECT * FROM live_messages ORDER BY prompt_id");
  return rows.map(toLiveMessage);
}

/** Forgets a live message, which is shown as over; undefined when another did that before. */
export async function takeLiveMessage(
  transaction: Transaction,
  promptId: number,
): Promise<LiveMessage | undefined> {
  const row = await transaction.get<Row>(
    "DELETE FROM live_messages WHERE prompt_id = ? RETURNING *",
    promptId,
  );
  return row && toLiveMessage(row);
}

/** Gives the live messages of an agent to the one it is now called. */
export async function renameLiveMessages(
  transaction: Transaction,
  name: string,
  newName: string,
): Promise<void> {
  await transaction.run("UPDATE live_messages SET agent = ? WHERE agent = ?", newName, name);
}

/** Gives the live messages of a conversation its new key. */
export async function moveLiveMessages(
  transaction: Transaction,
  from: string,
  to: string,
): Promise<void> {
  await transaction.run(
    "UPDATE live_messages SET conversation = ? WHERE conversation = ?",
    to,
    from,
  );
}

/** Forgets the live messages that `isUnwanted` names: nothing more is sent there. */
export async function dropLiveMessages(
  transaction: Transaction,
  isUnwanted: (message: LiveMessage) => boolean,
): Promise<void> {
  const unwanted = (await liveMessages(transaction)).filter(isUnwanted);
  for (const { promptId } of unwanted) await takeLiveMessage(transaction, promptId);
}

function toLiveMessage(row: Row): LiveMessage {
  return {
    promptId: row.prompt_id,
    agent: row.agent,
    sessionId: row.session_id,
    conversation: row.conversation,
    outboxId: row.outbox_id,
    startedAt: row.started_at,
  };
}
