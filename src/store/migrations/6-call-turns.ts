import type { Migration } from "../database.ts";

const sql = "CREATE INDEX prompts_message ON prompts (message_id);";

/** A tool call is traced to its prompt by the message that began its turn. */
export const migration: Migration = { sqlite: sql, postgres: sql };
