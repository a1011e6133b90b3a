import type { Migration } from "../database.ts";

const sql = (number: string) => `ALTER TABLE outbox ADD COLUMN speech TEXT;
   ALTER TABLE outbox ADD COLUMN is_beside ${number} NOT NULL DEFAULT 0;
   ALTER TABLE prompts ADD COLUMN spoken ${number} NOT NULL DEFAULT 0;
   CREATE TABLE last_messages (conversation TEXT PRIMARY KEY, message_id ${number} NOT NULL)`;

/** Whose words a message holds and what they answer, and the newest message of each conversation. */
export const migration: Migration = {
  sqlite: `${sql("INTEGER")} STRICT;`,
  postgres: `${sql("BIGINT")};`,
};
