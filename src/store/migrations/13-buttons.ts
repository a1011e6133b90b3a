import type { Migration } from "../database.ts";

const columns = `(key, purpose, subject, action, conversation, operator, outbox_id, once, is_kept,
     used_by, created_at)`;

// A closed card's buttons do nothing. A question whose call was pruned is older than any that is kept.
const moved = (action: string, conversation: string) => `
   CREATE INDEX buttons_set ON buttons (purpose, subject);
   INSERT INTO buttons ${columns}
     SELECT card_keys.key, 'card', cards.request_id, card_keys.action, cards.conversation,
       cards.operator, cards.outbox_id, 1, 1, card_keys.used_by, cards.created_at
     FROM card_keys JOIN cards ON cards.request_id = card_keys.request_id
     WHERE cards.state != 'closed';
   INSERT INTO buttons ${columns}
     SELECT asked.key, 'command', 'question ' || asked.outbox_id, ${action}, ${conversation},
       asked.operator, asked.outbox_id, 1, 0,
       CASE WHEN asked.used = 1 THEN asked.operator END, asked.created_at
     FROM confirmations AS asked JOIN outbox ON outbox.id = asked.outbox_id;
   UPDATE outbox SET is_pinned = 1 WHERE id IN (SELECT outbox_id FROM buttons);
   DROP TABLE card_keys;
   DROP TABLE confirmations;`;

/**
 * One table has the key of every button, whatever it is for. Those of open cards and of questions about
 * commands keep working; the conversation of a question is that of its call's lane.
 */
export const migration: Migration = {
  sqlite: `CREATE TABLE buttons (
     key TEXT PRIMARY KEY,
     purpose TEXT NOT NULL,
     subject TEXT NOT NULL,
     action TEXT NOT NULL,
     conversation TEXT NOT NULL,
     operator INTEGER,
     outbox_id INTEGER,
     once INTEGER NOT NULL,
     is_kept INTEGER NOT NULL,
     used_by INTEGER,
     created_at INTEGER NOT NULL
   ) STRICT;${moved(
     "json_object('command', asked.command, 'argument', asked.argument)",
     "substr(outbox.lane, 1, instr(outbox.lane || ' ', ' ') - 1)",
   )}`,

  postgres: `CREATE TABLE buttons (
     key TEXT PRIMARY KEY,
     purpose TEXT NOT NULL,
     subject TEXT NOT NULL,
     action TEXT NOT NULL,
     conversation TEXT NOT NULL,
     operator BIGINT,
     outbox_id BIGINT,
     once BIGINT NOT NULL,
     is_kept BIGINT NOT NULL,
     used_by BIGINT,
     created_at BIGINT NOT NULL
   );${moved(
     "json_build_object('command', asked.command, 'argument', asked.argument)::text",
     "split_part(outbox.lane, ' ', 1)",
   )}`,
};
