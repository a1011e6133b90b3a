import { terminalLine } from "../../src/terminal-text.ts";
import { type Check, failed, type Finding, type Findings, skipped } from "./check.ts";
import type { Context } from "./context.ts";

/** What a check found and how long that took. */
export interface Report extends Finding {
  name: string;
  /** Milliseconds. */
  ms: number;
}

const usualLimitMs = 10_000;

/** How checks are run. */
export interface RunOptions {
  /** Called with each report in the order of the checks, as soon as those before it are done. */
  show?: (report: Report) => void;
  /** Ends all checks when it is aborted. */
  signal?: AbortSignal;
}

/**
 * Runs checks, at the same time where none needs another, each within its limit, and then removes what they made.
 * Never rejects: a check that throws has failed. Reports hold no secret, no stack, and nothing that controls a
 * terminal.
 */
export async function runChecks(
  checks: readonly Check[],
  context: Context,
  { show = () => undefined, signal = new AbortController().signal }: RunOptions = {},
): Promise<Report[]> {
  const found = new Map<string, Finding>();
  const running = new Map<string, Promise<Report>>();
  const applying = checks.filter(({ applies }) =>
    context.settings && applies ? applies(context) : true,
  );
  for (const check of applying) {
    const { name, needs, after = [] } = check;
    const before = [...needs, ...after].flatMap((other) => running.get(other) ?? []);
    const report = Promise.all(before).then(async () => {
      const began = performance.now();
      const finding = unmet(check, found) ?? (await limited(check, context, found, signal));
      const text = context.scrub(terminalLine(finding.text).replaceAll(/\s+/g, " ").trim());
      const one = { name, state: finding.state, text, ms: Math.round(performance.now() - began) };
      found.set(name, one);
      return one;
    });
    running.set(name, report);
  }
  const reports: Report[] = [];
  for (const pending of running.values()) {
    const report = await pending;
    reports.push(report);
    show(report);
  }
  await Promise.allSettled(context.closers.map((close) => close()));
  return reports;
}

/** Why a check is not run. */
function unmet({ needs }: Check, found: Findings): Finding | undefined {
  const missing = needs.find((name) => found.get(name)?.state !== "ok");
  return missing === undefined ? undefined : skipped(`not checked: see ${missing}`);
}

async function limited(
  check: Check,
  context: Context,
  found: Findings,
  interrupted: AbortSignal,
): Promise<Finding> {
  const { limitMs = usualLimitMs } = check;
  if (interrupted.aborted) return skipped("not checked: interrupted");
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), limitMs);
  const signal = AbortSignal.any([limit.signal, interrupted]);
  const over = new Promise<Finding>((resolve) => {
    signal.addEventListener("abort", () => {
      const isLate = !interrupted.aborted;
      resolve(isLate ? failed(tooLate(limitMs)) : skipped("not checked: interrupted"));
    });
  });
  try {
    return await Promise.race([over, attempt(check, context, found, signal)]);
  } finally {
    clearTimeout(timer);
  }
}

async function attempt(check: Check, context: Context, found: Findings, signal: AbortSignal) {
  try {
    return await check.run(context, found, signal);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return failed(
      `this could not be checked (${message}): run the doctor again, and report it if that does not help.`,
    );
  }
}

const tooLate = (ms: number) =>
  `no answer within ${ms / 1000} s: is this machine overloaded, or its network slow? Run the doctor again.`;
