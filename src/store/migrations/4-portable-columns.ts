import type { Migration } from "../database.ts";

const shared = `
   ALTER TABLE outbox ADD COLUMN file TEXT;
   ALTER TABLE outbox ADD COLUMN is_pinned INTEGER NOT NULL DEFAULT 0;
   UPDATE outbox SET is_pinned = 1
     WHERE id IN (SELECT outbox_id FROM cards WHERE state != 'closed');
   ALTER TABLE agents ADD COLUMN session_to_end TEXT;
   CREATE INDEX cards_open ON cards (agent) WHERE state != 'closed';`;

/**
 * What is searched for inside a payload gets a column: the chat of a call and the file it sends. A
 * call whose message is still edited is pinned, so that pruning needs no other table. An agent
 * remembers the session that is to be ended after a stop.
 */
export const migration: Migration = {
  sqlite: `${shared}
   ALTER TABLE outbox ADD COLUMN chat_id INTEGER;
   UPDATE outbox SET chat_id = json_extract(payload, '$.chat_id'),
     file = json_extract(payload, '$.document.path');`,

  postgres: `${shared}
   ALTER TABLE outbox ADD COLUMN chat_id BIGINT;
   UPDATE outbox SET chat_id = (payload::jsonb ->> 'chat_id')::bigint,
     file = payload::jsonb -> 'document' ->> 'path';`,
};
