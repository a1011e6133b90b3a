import type { Migration } from "../database.ts";

const sql = (id: string, number: string) => `CREATE TABLE tasks (
     id ${id},
     lane TEXT NOT NULL,
     command TEXT NOT NULL,
     input TEXT NOT NULL,
     conversation TEXT NOT NULL,
     operator ${number},
     state TEXT NOT NULL CHECK (state IN ('pending', 'running', 'done')),
     outbox_id ${number},
     created_at ${number} NOT NULL
   )`;
const index = "CREATE INDEX tasks_open ON tasks (lane, id) WHERE state IN ('pending', 'running')";

/** What commands do outside of the store, each with where its outcome is told. */
export const migration: Migration = {
  sqlite: `${sql("INTEGER PRIMARY KEY AUTOINCREMENT", "INTEGER")} STRICT; ${index};`,
  postgres: `${sql("BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "BIGINT")}; ${index};`,
};
