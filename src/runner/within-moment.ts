import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "../log.ts";

// A command is answered within a second, whatever hangs; the rest is for the sending.
const momentMs = 700;
// For what is asked a second time; less than the client's own limit, so that what is late is told as late.
const patientMs = 5000;

const patience = new AsyncLocalStorage<true>();

/** Runs work for which `withinMoment` waits five seconds. */
export function patiently<Result>(work: () => Promise<Result>): Promise<Result> {
  return patience.run(true, work);
}

/** Whether this code runs in such work. */
export function isPatient(): boolean {
  return patience.getStore() ?? false;
}

/** What is known within a moment; undefined when it fails, which goes to the log, or takes longer. */
export async function withinMoment<Value>(
  answer: Promise<Value>,
  log: Logger,
  late: () => undefined = () => undefined,
): Promise<Value | undefined> {
  const known = answer.catch((error: unknown) => {
    log.info({ err: error }, "what opencode does could not be read");
    return undefined;
  });
  const isKnown = new AbortController();
  const ms = isPatient() ? patientMs : momentMs;
  const isLate = pause(ms, true, { signal: isKnown.signal }).catch(() => false);
  const first = await Promise.race([known.then(() => false), isLate]);
  isKnown.abort();
  return first ? late() : known;
}
