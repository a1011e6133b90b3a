import type { Migration } from "../database.ts";

const sql = (number: string) => `CREATE TABLE live_messages (
     prompt_id ${number} PRIMARY KEY,
     agent TEXT NOT NULL,
     session_id TEXT NOT NULL,
     conversation TEXT NOT NULL,
     outbox_id ${number} NOT NULL,
     started_at ${number} NOT NULL
   )`;

/** The messages that show a turn that runs, each until its last state is in the outbox. */
export const migration: Migration = {
  sqlite: `${sql("INTEGER")} STRICT;`,
  postgres: `${sql("BIGINT")};`,
};
