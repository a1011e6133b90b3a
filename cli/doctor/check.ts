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
  /** The checks without which it cannot tell anything: unless all are ok, it is skipped. */
  needs: readonly string[];
  /** Those whose findings it reads besides, whatever they are. */
  after?: readonly string[];
  /** Milliseconds within which it is over; 10,000 unless told. */
  limitMs?: number;
  /** Whether there is anything to check with these settings; always unless told. */
  applies?: (context: Context) => boolean;
  /**
   * Looks, and changes nothing that lasts. What it throws becomes a failed finding, without its stack.
   * `signal` is aborted at its limit or when the doctor is interrupted.
   */
  run: (context: Context, before: Findings, signal: AbortSignal) => Finding | Promise<Finding>;
}

/** It is as it should be. */
export const ok = (text: string): Finding => ({ state: "ok", text });

/** What is wrong and what to do, in one line. */
export const failed = (text: string): Finding => ({ state: "failed", text });

/** Why it could not be told whether it is as it should be. */
export const skipped = (text: string): Finding => ({ state: "skipped", text });
