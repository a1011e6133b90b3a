import type { Context } from "./context.ts";

/** What a check found, in one line; of a failed one it ends with what to do. */
export interface Finding {
  state: "ok" | "failed" | "skipped";
  text: string;
}

/** The findings so far, by the names of their checks. */
export type Findings = ReadonlyMap<string, Finding>;

/** One line of the doctor. */
export interface Check {
  /** Names it to people, in `needs` and in docs/doctor.md. */
  name: string;
  /** The checks that must be ok before it can tell anything; else it is skipped. */
  needs: readonly string[];
  /** Checks whose findings it reads too, whatever they are. */
  after?: readonly string[];
  /** The time limit in milliseconds; 10,000 by default. */
  limitMs?: number;
  /** Whether there is anything to check with these settings; by default there is. */
  applies?: (context: Context) => boolean;
  /**
   * Looks, and changes nothing that lasts. What it throws becomes a failed finding, without its stack.
   * `signal` is aborted at its limit or when the doctor is interrupted.
   */
  run: (context: Context, before: Findings, signal: AbortSignal) => Finding | Promise<Finding>;
}

/** Everything is as it should be. */
export const ok = (text: string): Finding => ({ state: "ok", text });

/** What is wrong and what to do, in one line. */
export const failed = (text: string): Finding => ({ state: "failed", text });

/** Why it could not be checked. */
export const skipped = (text: string): Finding => ({ state: "skipped", text });
