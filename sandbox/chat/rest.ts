import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import type { Stage } from "../stage.ts";

const lookEveryMs = 100;

const underWay = `
  SELECT (SELECT count(*) FROM updates WHERE state IN ('pending', 'processing'))
       + (SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending', 'uncertain')) AS calls,
         (SELECT count(*) FROM prompts
           WHERE state IN ('receiving', 'queued', 'delivering', 'running')) AS prompts,
         (SELECT count(*) FROM cards WHERE state = 'open') AS cards`;

/**
 * Waits until nothing happens any more without the operator: all they said is taken in, all that is
 * owed to them is sent, and no agent works, unless it waits for their decision. Resolves to whether
 * it does. It reads the store, since no chat can tell that nothing more will come.
 */
export async function atRest(stage: Stage, signal: AbortSignal): Promise<"done" | "undecided"> {
  const path = join(stage.env["DATA_DIR"] ?? "", "switchboard.sqlite");
  const store = new DatabaseSync(path, { readOnly: true });
  try {
    for (;;) {
      const now = store.prepare(underWay).get() as Record<"calls" | "prompts" | "cards", number>;
      if (now.calls === 0 && now.prompts === 0) return "done";
      if (now.calls === 0 && now.cards > 0) return "undecided";
      await pause(lookEveryMs, undefined, { signal });
    }
  } finally {
    store.close();
  }
}
