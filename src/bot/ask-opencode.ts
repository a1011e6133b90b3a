import type { Logger } from "../log.ts";
import { isPatient, withinMoment } from "../runner/within-moment.ts";

/** opencode did not answer within a moment; the command is run again with more patience. */
export class TooSlow extends Error {
  constructor() {
    super("opencode did not answer within a moment");
    this.name = "TooSlow";
  }
}

/** @throws TooSlow unless the command is run with patience already */
export function requirePatience(): undefined {
  if (!isPatient()) throw new TooSlow();
  return undefined;
}

/**
 * What opencode answers; undefined when it fails, which goes to the log.
 * @throws TooSlow when it takes longer than a moment; with patience it is undefined then.
 */
export function askOpencode<Value>(
  answer: Promise<Value>,
  log: Logger,
): Promise<Value | undefined> {
  return withinMoment(answer, log, requirePatience);
}
