import type { Migration } from "../database.ts";

/** Questions whether to run an old command; a subject to find a waiting call by. */
export const migration: Migration = {
  sqlite: `CREATE TABLE confirmations (
     key TEXT PRIMARY KEY,
     operator INTEGER NOT NULL,
     command TEXT NOT NULL,
     argument TEXT NOT NULL,
     outbox_id INTEGER NOT NULL,
     used INTEGER NOT NULL DEFAULT 0,
     created_at INTEGER NOT NULL
   ) STRICT;

   ALTER TABLE outbox ADD COLUMN subject TEXT;
   CREATE INDEX outbox_subject ON outbox (subject) WHERE subject IS NOT NULL;`,

  postgres: `CREATE TABLE confirmations (
     key TEXT PRIMARY KEY,
     operator BIGINT NOT NULL,
     command TEXT NOT NULL,
     argument TEXT NOT NULL,
     outbox_id BIGINT NOT NULL,
     used BIGINT NOT NULL DEFAULT 0,
     created_at BIGINT NOT NULL
   );

   ALTER TABLE outbox ADD COLUMN subject TEXT;
   CREATE INDEX outbox_subject ON outbox (subject) WHERE subject IS NOT NULL;`,
};
