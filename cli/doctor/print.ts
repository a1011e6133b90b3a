import type { Finding } from "./check.ts";
import type { Report } from "./run.ts";

const marks: Record<Finding["state"], string> = { ok: "✓", failed: "✗", skipped: "–" };

/** The line of a report; `width` is that of the longest name. */
export function lineOf({ name, state, text }: Report, width: number): string {
  return `${marks[state]} ${name.padEnd(width)}  ${text}`;
}

/** How many checks have failed, which is the exit code of the doctor. */
export function failures(reports: readonly Report[]): number {
  return reports.filter(({ state }) => state === "failed").length;
}

/** The last line. */
export function summary(reports: readonly Report[]): string {
  const count = (state: Finding["state"]) =>
    reports.filter((report) => report.state === state).length;
  const [good, bad, left] = [count("ok"), count("failed"), count("skipped")];
  const unchecked = left > 0 ? `, ${left} not checked` : "";
  if (bad === 0) return `Nothing is wrong: ${good} ok${unchecked}.`;
  const order = bad > 1 ? " Begin with the first ✗: others may follow from it." : "";
  return `${bad} failed, ${good} ok${unchecked}.${order}`;
}

/** All reports as one JSON document for programs. */
export function jsonOf(reports: readonly Report[]): string {
  return JSON.stringify({ failed: failures(reports), checks: reports }, undefined, 2);
}
