import { setTimeout as pause } from "node:timers/promises";

/** What waiting for Switchboard needs. */
export interface ReadyOptions {
  /** Where it listens, without a slash at its end. */
  url: string;
  /** Why it will not come up; undefined while it may. */
  fault: () => Promise<string | undefined>;
  /** Ends the waiting. */
  signal: AbortSignal;
  withinMs?: number;
  everyMs?: number;
}

/** Waits until `/readyz` says so. Undefined when it is ready, else what is missing, in one line or more. */
export async function waitUntilReady(options: ReadyOptions): Promise<string | undefined> {
  const { url, fault, signal, withinMs = 60_000, everyMs = 500 } = options;
  let said = "it does not answer";
  for (
    const end = Date.now() + withinMs;
    Date.now() < end;
    await pause(everyMs, undefined, { signal })
  ) {
    const found = await fault();
    if (found !== undefined) return found;
    try {
      const answer = await fetch(`${url}/readyz`, {
        signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]),
      });
      const { ready, missing } = (await answer.json()) as { ready?: unknown; missing?: object };
      if (ready === true) return undefined;
      said = Object.values(missing ?? {}).join("\n") || said;
    } catch {
      // Not yet.
    }
  }
  return said;
}
