import { AsyncLocalStorage } from "node:async_hooks";
import type { Logger } from "../log.ts";
import { withinMoment } from "../runner/within-moment.ts";

/** opencode did not answer within a moment; the command is run again with more patience. */
export class TooSlow extends Error {
  constructor() {
    super("opencode did not answer within a moment");
    this.name = "TooSlow";
  }
}

// Less than the client's own limit, so that what is late is told as late.
const patientMs = 8000;

const patience = new AsyncLocalStorage<true>();

/** Runs work in which opencode may take its time to answer. */
export function patiently<Result>(work: () => Promise<Result>): Promise<Result> {
  return patience.run(true, work);
}

/**
 * What opencode answers; undefined when it fails, which goes to the log.
 * @throws TooSlow when it takes longer than a moment, unless the caller is patient: then undefined.
 */
export async function askOpencode<Value>(
  answer: Promise<Value>,
  log: Logger,
): Promise<Value | undefined> {
  if (patience.getStore()) return withinMoment(answer, log, { ms: patientMs });
  return withinMoment(answer, log, {
    late: () => {
      throw new TooSlow();
    },
  });
}
