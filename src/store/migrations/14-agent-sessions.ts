import type { Migration } from "../database.ts";

const shared = `
   ALTER TABLE agents ADD COLUMN end_directory TEXT;
   ALTER TABLE agents ADD COLUMN is_opened INTEGER NOT NULL DEFAULT 1;
   ALTER TABLE agents ADD COLUMN has_own_title INTEGER NOT NULL DEFAULT 1;
   ALTER TABLE agents ADD COLUMN former_name TEXT;
   ALTER TABLE agents ADD COLUMN mode TEXT;
   ALTER TABLE agents ADD COLUMN model TEXT;
   ALTER TABLE agents ADD COLUMN variant TEXT;
   ALTER TABLE agents ADD COLUMN shown_mode TEXT;
   ALTER TABLE agents ADD COLUMN shown_model TEXT;
   CREATE UNIQUE INDEX agents_session ON agents (session_id) WHERE session_id IS NOT NULL;
   UPDATE agents SET end_directory = directory WHERE session_to_end IS NOT NULL;`;

/**
 * A stopped agent keeps its session, and one that others made can be resumed: it is opened first, and
 * belongs to one agent alone. A session is ended where it works, though the agent has moved. What the
 * operator chose for an agent is remembered, next to what its terminal showed then.
 */
export const migration: Migration = {
  sqlite: `${shared}
   ALTER TABLE agents ADD COLUMN chosen_at INTEGER;`,

  postgres: `${shared}
   ALTER TABLE agents ADD COLUMN chosen_at BIGINT;`,
};
