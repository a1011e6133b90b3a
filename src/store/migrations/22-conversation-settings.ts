import type { Migration } from "../database.ts";

const sql = (number: string) => `CREATE TABLE conversation_settings (
     conversation TEXT PRIMARY KEY,
     format TEXT CHECK (format IN ('classic', 'rich', 'auto')),
     verbosity TEXT CHECK (verbosity IN ('quiet', 'normal', 'verbose')),
     drafts ${number}
   )`;

/** What was chosen for a conversation; NULL where nothing was. */
export const migration: Migration = {
  sqlite: `${sql("INTEGER")} STRICT;`,
  postgres: `${sql("BIGINT")};`,
};
