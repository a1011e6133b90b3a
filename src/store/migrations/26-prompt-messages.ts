import type { Migration } from "../database.ts";

const sql = (number: string, strict: string) => `CREATE TABLE prompt_messages (
     update_id ${number} PRIMARY KEY,
     prompt_id ${number} NOT NULL,
     conversation TEXT NOT NULL,
     message_id ${number} NOT NULL,
     sent_at ${number} NOT NULL,
     taken_at ${number} NOT NULL,
     album TEXT,
     kind TEXT NOT NULL CHECK (kind IN ('text', 'markdown', 'forward')),
     head TEXT NOT NULL,
     text TEXT NOT NULL,
     entities TEXT
   )${strict};
   CREATE INDEX prompt_messages_prompt ON prompt_messages (prompt_id);
   CREATE INDEX prompt_messages_sent ON prompt_messages (conversation, sent_at);
   CREATE INDEX prompt_messages_album ON prompt_messages (album) WHERE album IS NOT NULL;
   CREATE INDEX prompt_messages_message ON prompt_messages (conversation, message_id);
   ALTER TABLE prompts ADD COLUMN revision ${number} NOT NULL DEFAULT 0;
   ALTER TABLE prompts ADD COLUMN note TEXT;
   CREATE TABLE operator_reactions (
     conversation TEXT NOT NULL,
     message_id ${number} NOT NULL,
     operator ${number} NOT NULL,
     emoji TEXT NOT NULL,
     agent TEXT NOT NULL,
     session_id TEXT,
     quote TEXT NOT NULL,
     reacted_at ${number} NOT NULL,
     PRIMARY KEY (conversation, message_id, operator, emoji)
   )${strict};
   CREATE INDEX outbox_spoken ON outbox (chat_id, message_id)
     WHERE speech IS NOT NULL AND message_id IS NOT NULL;`;

/**
 * The messages that a prompt is made of, so that one may be edited while the prompt waits or come after the
 * others; and what operators reacted with to agents' words, until it is passed on.
 */
export const migration: Migration = {
  sqlite: sql("INTEGER", " STRICT"),
  postgres: sql("BIGINT", ""),
};
