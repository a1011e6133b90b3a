import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "../log.ts";

// A command is answered within a second, whatever hangs; the rest is for the sending.
const momentMs = 700;

/** How long a moment is, and what is done after it. */
export interface MomentOptions {
  /** Milliseconds. */
  ms?: number;
  /** May throw what the caller hears. */
  late?: () => undefined;
}

/** What is known within a moment; undefined when it fails, which goes to the log, or takes longer. */
export async function withinMoment<Value>(
  answer: Promise<Value>,
  log: Logger,
  { ms = momentMs, late = () => undefined }: MomentOptions = {},
): Promise<Value | undefined> {
  const known = answer.catch((error: unknown) => {
    log.info({ err: error }, "what opencode does could not be read");
    return undefined;
  });
  const isKnown = new AbortController();
  const { signal } = isKnown;
  const isLate = pause(ms, true, { signal }).catch(() => false);
  const first = await Promise.race([known.then(() => false), isLate]);
  isKnown.abort();
  return first ? late() : known;
}
