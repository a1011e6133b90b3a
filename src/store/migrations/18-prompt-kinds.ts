import type { Migration } from "../database.ts";

const sql = "ALTER TABLE prompts ADD COLUMN kind TEXT NOT NULL DEFAULT 'text';";

/** Commands of opencode and of the shell wait among the prompts. */
export const migration: Migration = { sqlite: sql, postgres: sql };
