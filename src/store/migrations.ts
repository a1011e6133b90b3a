import { crashPoint } from "../crash.ts";
import { StartError } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Database, Migration } from "./database.ts";
import { migration as queues } from "./migrations/1-queues.ts";
import { migration as confirmations } from "./migrations/2-confirmations.ts";
import { migration as submittedPrompts } from "./migrations/3-submitted-prompts.ts";
import { migration as portableColumns } from "./migrations/4-portable-columns.ts";
import { migration as lastReply } from "./migrations/5-last-reply.ts";
import { migration as callTurns } from "./migrations/6-call-turns.ts";
import { migration as receiving } from "./migrations/7-receiving.ts";
import { migration as outboxShare } from "./migrations/8-outbox-share.ts";
import { migration as replyDigest } from "./migrations/9-reply-digest.ts";
import { migration as agentTokens } from "./migrations/10-agent-tokens.ts";
import { migration as cardFacts } from "./migrations/11-card-facts.ts";
import { migration as sessionMarks } from "./migrations/12-session-marks.ts";
import { migration as buttons } from "./migrations/13-buttons.ts";
import { migration as agentSessions } from "./migrations/14-agent-sessions.ts";
import { migration as queue } from "./migrations/15-queue.ts";
import { migration as tasks } from "./migrations/16-tasks.ts";
import { migration as buttonPresses } from "./migrations/17-button-presses.ts";
import { migration as promptKinds } from "./migrations/18-prompt-kinds.ts";
import { migration as agentIds } from "./migrations/19-agent-ids.ts";
import { migration as speech } from "./migrations/20-speech.ts";
import { migration as liveMessages } from "./migrations/21-live-messages.ts";
import { migration as conversationSettings } from "./migrations/22-conversation-settings.ts";
import { migration as stoppedTurns } from "./migrations/23-stopped-turns.ts";
import { migration as sessionsLeft } from "./migrations/24-sessions-left.ts";
import { migration as promptParts } from "./migrations/25-prompt-parts.ts";
import { migration as promptMessages } from "./migrations/26-prompt-messages.ts";
import { migration as albums } from "./migrations/27-albums.ts";
import { migration as voice } from "./migrations/29-voice.ts";
import { migration as conditionsWithoutLists } from "./migrations/30-conditions-without-lists.ts";

/** The changes of the schema in the order they run. One that has been released is never changed. */
export const migrations: Migration[] = [
  queues,
  confirmations,
  submittedPrompts,
  portableColumns,
  lastReply,
  callTurns,
  receiving,
  outboxShare,
  replyDigest,
  agentTokens,
  cardFacts,
  sessionMarks,
  buttons,
  agentSessions,
  queue,
  tasks,
  buttonPresses,
  promptKinds,
  agentIds,
  speech,
  liveMessages,
  conversationSettings,
  stoppedTurns,
  sessionsLeft,
  promptParts,
  promptMessages,
  albums,
  voice,
  conditionsWithoutLists,
];

/**
 * Brings the schema to the newest version, each migration in a transaction of its own, and keeps a copy of what
 * was there before. The database keeps the number of those that have run.
 * @throws StartError when the database was written by a newer version than this one, or there is no room for
 * the copy.
 */
export async function migrate(database: Database, log?: Pick<Logger, "info">): Promise<void> {
  const newest = migrations.length;
  const version = await database.schemaVersion();
  if (version > newest) {
    throw new StartError(
      `The store was written by a newer Switchboard (its schema is ${version}, this one knows ${newest}). Run that one, or go back to its copy switchboard.schema-${newest}.sqlite, as docs/operate.md says.`,
    );
  }
  if (version > 0 && version < newest) {
    const copy = await database.keepCopy(version);
    log?.info({ schema: version, newSchema: newest, copy }, "the store is upgraded");
  }
  for (const [index, migration] of migrations.entries()) {
    if (index < version) continue;
    await database.begin(true);
    await database.exec(migration[database.dialect]);
    await database.setSchemaVersion(index + 1);
    crashPoint("migration");
    await database.exec("COMMIT");
  }
}
