import type { Migration } from "../database.ts";

// SQLite cannot change a CHECK, so the column is replaced.
const states = `DROP INDEX prompts_open;
   ALTER TABLE prompts ADD COLUMN next_state TEXT NOT NULL DEFAULT 'queued' CHECK (next_state IN
     ('receiving', 'queued', 'delivering', 'running', 'done', 'failed', 'cancelled'));
   UPDATE prompts SET next_state = state;
   ALTER TABLE prompts DROP COLUMN state;
   ALTER TABLE prompts RENAME COLUMN next_state TO state;
   CREATE INDEX prompts_open ON prompts (agent, id)
     WHERE state IN ('receiving', 'queued', 'delivering', 'running');`;

/** A prompt whose next parts may still be on their way is `receiving`. */
export const migration: Migration = {
  sqlite: `${states}
   ALTER TABLE prompts ADD COLUMN receive_until INTEGER;`,

  postgres: `${states}
   ALTER TABLE prompts ADD COLUMN receive_until BIGINT;`,
};
