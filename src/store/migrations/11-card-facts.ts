import type { Migration } from "../database.ts";

// Open cards of before keep working: they get a number each, and no directory.
const numbers = `
   UPDATE cards SET number = (SELECT count(*) FROM cards AS other
     WHERE other.created_at < cards.created_at
       OR (other.created_at = cards.created_at AND other.request_id <= cards.request_id));
   ALTER TABLE outbox ADD COLUMN fallback TEXT;`;

/**
 * A card has a number to name it by, what opencode's request does not say, and the call that sends its
 * document. A call may say what is sent in its place.
 */
export const migration: Migration = {
  sqlite: `ALTER TABLE cards ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE cards ADD COLUMN context TEXT NOT NULL DEFAULT '{}';
   ALTER TABLE cards ADD COLUMN document_id INTEGER;${numbers}`,

  postgres: `ALTER TABLE cards ADD COLUMN number BIGINT NOT NULL DEFAULT 0;
   ALTER TABLE cards ADD COLUMN context TEXT NOT NULL DEFAULT '{}';
   ALTER TABLE cards ADD COLUMN document_id BIGINT;${numbers}`,
};
