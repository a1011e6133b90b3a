import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "../log.ts";

// A command is answered within a second, whatever hangs; the rest is for the sending.
const momentMs = 700;

/** What is known within a moment; undefined when it fails, which goes to the log, or takes longer. */
export async function withinMoment<Value>(
  answer: Promise<Value>,
  log: Logger,
): Promise<Value | undefined> {
  const known = answer.catch((error: unknown) => {
    log.info({ err: error }, "what opencode does could not be read");
    return undefined;
  });
  const late = new AbortController();
  const tooLate = pause(momentMs, undefined, { signal: late.signal }).catch(() => undefined);
  return Promise.race([known, tooLate]).finally(() => late.abort());
}
