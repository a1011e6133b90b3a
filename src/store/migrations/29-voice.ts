import type { Migration } from "../database.ts";

const sql = (id: string, number: string, end: string) => `CREATE TABLE transcripts (
     id ${id},
     update_id ${number} NOT NULL UNIQUE,
     conversation TEXT NOT NULL,
     operator ${number} NOT NULL,
     chat_message_id ${number} NOT NULL,
     recording TEXT NOT NULL,
     around TEXT NOT NULL,
     sent_at ${number} NOT NULL,
     state TEXT NOT NULL CHECK (state IN ('waiting', 'shown', 'sent', 'unheard')),
     words TEXT,
     outbox_id ${number},
     asked_id ${number},
     created_at ${number} NOT NULL
   )${end};
   CREATE INDEX transcripts_open ON transcripts (conversation, id) WHERE state IN ('waiting', 'shown');
   CREATE TABLE read_aloud (
     id ${id},
     conversation TEXT NOT NULL,
     words TEXT NOT NULL,
     speech TEXT NOT NULL,
     outbox_id ${number} NOT NULL,
     created_at ${number} NOT NULL
   )${end};
   CREATE TABLE speech_outages (
     service TEXT NOT NULL,
     conversation TEXT NOT NULL,
     PRIMARY KEY (service, conversation)
   )${end};
   ALTER TABLE conversation_settings ADD COLUMN voice ${number};`;

/** Voice messages on their way to words, answers on their way to sound, and where it was told that either fails. */
export const migration: Migration = {
  sqlite: sql("INTEGER PRIMARY KEY AUTOINCREMENT", "INTEGER", " STRICT"),
  postgres: sql("BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "BIGINT", ""),
};
