import type { Migration } from "../database.ts";

const sql = "ALTER TABLE outbox ADD COLUMN album TEXT;";

/** One call may make several messages, whose ids are kept. */
export const migration: Migration = { sqlite: sql, postgres: sql };
