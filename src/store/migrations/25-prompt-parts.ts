import type { Migration } from "../database.ts";

const parts = (id: string, number: string) => `CREATE TABLE prompt_parts (
     id ${id},
     prompt_id ${number} NOT NULL,
     chat_message_id ${number} NOT NULL,
     media TEXT NOT NULL,
     file_id TEXT NOT NULL,
     original TEXT NOT NULL,
     name TEXT NOT NULL,
     size ${number},
     state TEXT NOT NULL CHECK (state IN ('waiting', 'saved', 'failed', 'removed')),
     path TEXT,
     fault TEXT,
     attempts ${number} NOT NULL DEFAULT 0,
     due_at ${number} NOT NULL DEFAULT 0,
     told ${number} NOT NULL DEFAULT 0,
     added_at ${number} NOT NULL,
     part_id TEXT NOT NULL
   )`;

const rest = `CREATE INDEX prompt_parts_prompt ON prompt_parts (prompt_id, chat_message_id, id);
   CREATE INDEX prompt_parts_waiting ON prompt_parts (due_at, id) WHERE state = 'waiting';
   CREATE INDEX prompt_parts_kept ON prompt_parts (added_at) WHERE path IS NOT NULL;
   ALTER TABLE prompts ADD COLUMN label TEXT NOT NULL DEFAULT '';`;

/**
 * The files of prompts, by the message each came with. The prompt's own text is all of its texts; its label names
 * its files to operators.
 */
export const migration: Migration = {
  sqlite: `${parts("INTEGER PRIMARY KEY", "INTEGER")} STRICT;
   ${rest}`,
  postgres: `${parts("BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "BIGINT")};
   ${rest}`,
};
