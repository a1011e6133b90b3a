import type { Migration } from "../database.ts";

const sql = (strict: string) => `CREATE TABLE sessions_left (
     session_id TEXT PRIMARY KEY,
     agent TEXT NOT NULL,
     directory TEXT NOT NULL
   )${strict};`;

/**
 * Sessions that agents, named by their ids, have left and whose turns are still to be ended, besides the one
 * of `session_to_end`: opencode may not answer for as long as an agent leaves several.
 */
export const migration: Migration = { sqlite: sql(" STRICT"), postgres: sql("") };
