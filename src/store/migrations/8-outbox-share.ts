import type { Migration } from "../database.ts";

const index = `CREATE INDEX outbox_agent ON outbox (agent)
     WHERE agent IS NOT NULL AND state IN ('pending', 'sending', 'uncertain');`;

/** Whose reply a call is and how many bytes it sends, so that one agent's share can be bounded. */
export const migration: Migration = {
  sqlite: `ALTER TABLE outbox ADD COLUMN agent TEXT;
   ALTER TABLE outbox ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
   ${index}`,

  postgres: `ALTER TABLE outbox ADD COLUMN agent TEXT;
   ALTER TABLE outbox ADD COLUMN bytes BIGINT NOT NULL DEFAULT 0;
   ${index}`,
};
