import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import type { Stage } from "../stage.ts";

const lookEveryMs = 100;

const open = "state IN ('receiving', 'queued', 'delivering', 'running')";
const undecided = "SELECT agent FROM cards WHERE state = 'open'";

// An agent that waits for a decision does nothing until then, but says so to whoever writes to it, and
// passes on what was decided before.
const underWay = `
  SELECT (SELECT count(*) FROM updates WHERE state IN ('pending', 'processing'))
       + (SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending', 'uncertain'))
       + (SELECT count(*) FROM tasks WHERE state != 'done')
       + (SELECT count(*) FROM cards WHERE state = 'answered')
       + (SELECT count(*) FROM live_messages
           WHERE prompt_id NOT IN (SELECT id FROM prompts WHERE ${open}))
       + (SELECT count(*) FROM prompts WHERE ${open} AND agent NOT IN (${undecided}))
       + (SELECT count(*) FROM prompts
           WHERE state IN ('receiving', 'queued') AND told_to_wait = 0
             AND agent IN (${undecided})) AS work,
         (SELECT count(*) FROM cards WHERE state = 'open') AS cards`;

/**
 * Waits until nothing happens any more without the operator: all they said is taken in, all that is
 * owed to them is sent, and no agent works, unless it waits for their decision. Resolves to whether
 * one does. It reads the store, since no chat can tell that nothing more will come.
 */
export async function atRest(stage: Stage, signal: AbortSignal): Promise<"done" | "undecided"> {
  const path = join(stage.env["DATA_DIR"] ?? "", "switchboard.sqlite");
  const store = new DatabaseSync(path, { readOnly: true });
  try {
    for (;;) {
      const now = store.prepare(underWay).get() as Record<"work" | "cards", number>;
      if (now.work === 0) return now.cards > 0 ? "undecided" : "done";
      await pause(lookEveryMs, undefined, { signal });
    }
  } finally {
    store.close();
  }
}
