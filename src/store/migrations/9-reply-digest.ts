import type { Migration } from "../database.ts";

/** What a reply said, so that its idempotency key is not taken for another one. */
export const migration: Migration = {
  sqlite: `ALTER TABLE replies ADD COLUMN digest TEXT;`,

  postgres: `ALTER TABLE replies ADD COLUMN digest TEXT;`,
};
