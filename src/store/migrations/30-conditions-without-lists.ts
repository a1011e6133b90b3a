import type { Migration } from "../database.ts";

const isOneOf = (column: string, values: string[]) =>
  values.map((value) => `${column} = '${value}'`).join(" OR ");

// SQLite cannot change a CHECK, so the column is replaced. The first value is also its default, which nothing uses.
const replace = (table: string, column: string, values: [string, ...string[]]) =>
  `ALTER TABLE ${table} ADD COLUMN next_one TEXT NOT NULL DEFAULT '${values[0]}'
     CHECK (${isOneOf("next_one", values)});
   UPDATE ${table} SET next_one = ${column};
   ALTER TABLE ${table} DROP COLUMN ${column};
   ALTER TABLE ${table} RENAME COLUMN next_one TO ${column};`;

const promptStates = isOneOf("state", ["receiving", "queued", "delivering", "running"]);
const callStates = isOneOf("state", ["pending", "sending", "uncertain"]);

const sql = `DROP INDEX updates_open;
   ${replace("updates", "state", ["pending", "processing", "done", "failed"])}
   CREATE INDEX updates_open ON updates (lane, seq) WHERE state IN ('pending', 'processing');
   DROP INDEX prompts_open;
   DROP INDEX prompts_waiting;
   DROP INDEX prompts_at_work;
   ${replace("prompts", "state", ["queued", "receiving", "delivering", "running", "done", "failed", "cancelled"])}
   CREATE INDEX prompts_open ON prompts (agent, id) WHERE ${promptStates};
   CREATE INDEX prompts_waiting ON prompts (agent, position, id)
     WHERE state IN ('receiving', 'queued');
   CREATE INDEX prompts_at_work ON prompts (agent, attempted_at, id)
     WHERE state IN ('delivering', 'running');
   ${replace("prompt_messages", "kind", ["text", "markdown", "forward"])}
   DROP INDEX prompt_parts_waiting;
   ${replace("prompt_parts", "state", ["waiting", "saved", "failed", "removed"])}
   CREATE INDEX prompt_parts_waiting ON prompt_parts (due_at, id) WHERE state = 'waiting';
   DROP INDEX outbox_open;
   DROP INDEX outbox_agent;
   ${replace("outbox", "state", ["pending", "sending", "uncertain", "sent", "failed"])}
   CREATE INDEX outbox_open ON outbox (lane, id) WHERE ${callStates};
   CREATE INDEX outbox_agent ON outbox (agent) WHERE agent IS NOT NULL AND (${callStates});`;

/**
 * What is written for each message compares its state with one value after another. For a list of three and more
 * SQLite sets up a table of 87 kB at every write, once for a CHECK and twice for a partial index.
 */
export const migration: Migration = { sqlite: sql, postgres: sql };
