import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "../log.ts";

// A command is answered within a second, whatever hangs; the rest is for the sending.
const momentMs = 700;
// For what is asked a second time; less than the client's own limit, so that what is late is told as late.
const patientMs = 5000;

/** How long work waits for what it asks, and whether something was late. */
interface Patience {
  isPatient: boolean;
  isLate: boolean;
}

const patience = new AsyncLocalStorage<Patience>();

/** Runs work for which `withinMoment` waits a moment, or five seconds, and notes whether something was late. */
export function withPatience<Result>(
  isPatient: boolean,
  work: () => Promise<Result>,
): Promise<Result> {
  return patience.run({ isPatient, isLate: false }, work);
}

/** Whether something was late in this work, which could be asked again with patience. */
export function wasTooSoon(): boolean {
  const { isPatient, isLate } = patience.getStore() ?? { isPatient: true, isLate: false };
  return isLate && !isPatient;
}

/** What is known within a moment; undefined when it fails, which goes to the log, or takes longer. */
export async function withinMoment<Value>(
  answer: Promise<Value>,
  log: Logger,
): Promise<Value | undefined> {
  const known = answer.catch((error: unknown) => {
    log.info({ err: error }, "what opencode does could not be read");
    return undefined;
  });
  const isKnown = new AbortController();
  const own = patience.getStore();
  const ms = own?.isPatient ? patientMs : momentMs;
  const isLate = pause(ms, true, { signal: isKnown.signal }).catch(() => false);
  const first = await Promise.race([known.then(() => false), isLate]);
  isKnown.abort();
  if (!first) return known;
  if (own) own.isLate = true;
  return undefined;
}
