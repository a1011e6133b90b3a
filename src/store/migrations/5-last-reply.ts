import type { Migration } from "../database.ts";

/** When and what an agent said last during the turn of a prompt. */
export const migration: Migration = {
  sqlite: `ALTER TABLE prompts ADD COLUMN replied_at INTEGER;
   ALTER TABLE prompts ADD COLUMN reply_text TEXT;`,

  postgres: `ALTER TABLE prompts ADD COLUMN replied_at BIGINT;
   ALTER TABLE prompts ADD COLUMN reply_text TEXT;`,
};
