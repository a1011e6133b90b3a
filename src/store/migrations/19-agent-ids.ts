import type { Migration } from "../database.ts";

const sql = `
   ALTER TABLE agents ADD COLUMN id TEXT NOT NULL DEFAULT '';
   ALTER TABLE agents ADD COLUMN rules_due INTEGER NOT NULL DEFAULT 0;
   UPDATE agents SET id = name;
   CREATE UNIQUE INDEX agents_id ON agents (id);
   DELETE FROM prompt_lanes WHERE agent NOT IN (SELECT name FROM agents);`;

/**
 * What refers to an agent from elsewhere (buttons, tasks, tokens) names it by an id that a rename does not
 * change; that of an agent from before is its name, which is what those refer to. `rules_due`: the session
 * runs, and is still to be given the rule that allows everything. What was wanted of a lane whose agent was
 * renamed at the same moment would hold back a new agent of that name.
 */
export const migration: Migration = { sqlite: sql, postgres: sql };
