import type { Logger } from "../log.ts";
import { wasTooSoon, withinMoment } from "../runner/within-moment.ts";

/** opencode did not answer within a moment; the command is run again with more patience. */
export class TooSlow extends Error {
  constructor() {
    super("opencode did not answer within a moment");
    this.name = "TooSlow";
  }
}

/** @throws TooSlow when opencode was late for this command, which is not run with patience yet */
export function requirePatience(): void {
  if (wasTooSoon()) throw new TooSlow();
}

/**
 * What opencode answers; undefined when it fails, which goes to the log.
 * @throws TooSlow when it takes longer than a moment; with patience it is undefined then.
 */
export async function askOpencode<Value>(
  answer: Promise<Value>,
  log: Logger,
): Promise<Value | undefined> {
  const known = await withinMoment(answer, log);
  requirePatience();
  return known;
}
