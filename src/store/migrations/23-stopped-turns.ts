import type { Migration } from "../database.ts";

const sql = `ALTER TABLE prompt_lanes ADD COLUMN abort_turn TEXT;
   ALTER TABLE prompt_lanes ADD COLUMN abort_conversation TEXT;`;

/** A wish to abort a turn that no prompt began names its message, and the conversation that is told of it. */
export const migration: Migration = { sqlite: sql, postgres: sql };
