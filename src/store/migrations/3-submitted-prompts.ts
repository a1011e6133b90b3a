import type { Migration } from "../database.ts";

/** Whether Enter was pressed on a typed prompt. */
export const migration: Migration = {
  sqlite: `ALTER TABLE prompts ADD COLUMN submitted INTEGER NOT NULL DEFAULT 0`,

  postgres: `ALTER TABLE prompts ADD COLUMN submitted BIGINT NOT NULL DEFAULT 0`,
};
