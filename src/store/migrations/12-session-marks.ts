import type { Migration } from "../database.ts";

const sql = `CREATE TABLE session_marks (
     agent TEXT PRIMARY KEY,
     session_id TEXT NOT NULL,
     message_id TEXT
   );`;

/** Up to which message of an agent's session its turns were reported; null: none was there yet. */
export const migration: Migration = { sqlite: sql, postgres: sql };
