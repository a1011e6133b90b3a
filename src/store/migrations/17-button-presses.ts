import type { Migration } from "../database.ts";

/** When a button that works more than once was pressed last (milliseconds since the epoch). */
export const migration: Migration = {
  sqlite: "ALTER TABLE buttons ADD COLUMN pressed_at INTEGER;",
  postgres: "ALTER TABLE buttons ADD COLUMN pressed_at BIGINT;",
};
