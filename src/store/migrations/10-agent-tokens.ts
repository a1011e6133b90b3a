import type { Migration } from "../database.ts";

const sql = "ALTER TABLE agents ADD COLUMN reply_token TEXT;";

/** Each agent speaks by a token of its own, which a stop revokes. */
export const migration: Migration = { sqlite: sql, postgres: sql };
