/** What goes wrong. Pauses are in milliseconds, `retryAfter` in seconds as in the Bot API. */
export type FaultKind =
  /** Too many requests; the call is not executed. */
  | { kind: "429"; retryAfter: number }
  /** A server error; the call is not executed. With `html` the body is a proxy's page, not JSON. */
  | { kind: "5xx"; status?: number; html?: boolean }
  /** The connection is reset before the call is executed. */
  | { kind: "reset-before" }
  /** The connection is reset after the call was executed: the client cannot know. */
  | { kind: "reset-after" }
  /** The answer takes `ms`; the call is executed at once, or with `when: "before"` after the pause. */
  | { kind: "slow"; ms: number; when?: "before" | "after" }
  /** A refusal with Telegram's wording, as in `Forbidden: bot was blocked by the user`. */
  | { kind: "refuse"; status?: 400 | 401 | 403 | 404 | 409; description: string };

/** A fault and the calls it meets: the next `times` (1 unless told), or a random `share` of all. */
export type Fault = FaultKind & {
  /** Method name or pattern; every method when missing. */
  method?: string | RegExp;
  times?: number;
  share?: number;
  /** Spares one call in so many milliseconds: Telegram takes no more than that. */
  everyMs?: number;
};

interface Planned {
  fault: Fault;
  left: number;
  /** When it spared a call last. */
  sparedAt: number;
}

/** Faults on demand, used up in the order they were planned. The same seed gives the same shares. */
export class Faults {
  #planned: Planned[] = [];
  #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** Plans a fault; the returned function takes it back. */
  plan(fault: Fault): () => void {
    const isLasting = fault.share !== undefined || fault.everyMs !== undefined;
    const planned = { fault, left: isLasting ? Infinity : (fault.times ?? 1), sparedAt: 0 };
    this.#planned.push(planned);
    return () => {
      planned.left = 0;
    };
  }

  /** The fault this call meets, if any. */
  take(method: string): Fault | undefined {
    this.#planned = this.#planned.filter((planned) => planned.left > 0);
    const hit = this.#planned.find(
      (planned) => meets(planned.fault, method) && this.#strikes(planned),
    );
    if (hit) hit.left -= 1;
    return hit?.fault;
  }

  #strikes(planned: Planned): boolean {
    const { fault } = planned;
    if (fault.everyMs !== undefined) {
      if (Date.now() - planned.sparedAt < fault.everyMs) return true;
      planned.sparedAt = Date.now();
      return false;
    }
    return fault.share === undefined || this.#random() < fault.share;
  }
}

function meets({ method }: Fault, name: string): boolean {
  if (method instanceof RegExp) return method.test(name);
  return method === undefined || method === name;
}

/** Numbers in [0, 1) from a 32-bit linear congruential generator (constants of Numerical Recipes). */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
