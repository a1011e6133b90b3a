import type { Migration } from "../database.ts";

const indexes = `CREATE INDEX prompts_waiting ON prompts (agent, position, id)
     WHERE state IN ('receiving', 'queued');
   CREATE INDEX prompts_at_work ON prompts (agent, attempted_at, id)
     WHERE state IN ('delivering', 'running');
   CREATE INDEX prompts_ended ON prompts (agent, ended_at) WHERE ended_at IS NOT NULL;`;

/**
 * Prompts that wait can change their order, be sent into the running turn and be held back. A wish to abort
 * stands with the prompts of its turn, or with the agent for a turn that no prompt began.
 */
export const migration: Migration = {
  sqlite: `ALTER TABLE prompts ADD COLUMN position INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE prompts ADD COLUMN sent_now INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE prompts ADD COLUMN abort_at INTEGER;
   CREATE TABLE prompt_lanes (
     agent TEXT PRIMARY KEY,
     held INTEGER NOT NULL DEFAULT 0,
     abort_at INTEGER
   ) STRICT;
   ${indexes}`,

  postgres: `ALTER TABLE prompts ADD COLUMN position BIGINT NOT NULL DEFAULT 0;
   ALTER TABLE prompts ADD COLUMN sent_now BIGINT NOT NULL DEFAULT 0;
   ALTER TABLE prompts ADD COLUMN abort_at BIGINT;
   CREATE TABLE prompt_lanes (
     agent TEXT PRIMARY KEY,
     held BIGINT NOT NULL DEFAULT 0,
     abort_at BIGINT
   );
   ${indexes}`,
};
