import { cpus, loadavg } from "node:os";
import type { Summary } from "./stats.ts";

/** One figure beside its floor, both taken in the same run. */
export interface Figure {
  /** The name it is asked for by. */
  name: string;
  what: string;
  unit: "ms" | "req/s" | "MB";
  measured: Summary;
  /** What the same costs without Switchboard. */
  floor: Summary & { what: string };
  /** The figure set against its floor: `+7.9 ms`, `1.42 ×`. */
  compared: string;
  target: string;
  met: boolean;
  /** What a reader must know to judge it. */
  note?: string;
}

/** The difference of two medians. */
export function difference(measured: Summary, floor: Summary, unit: Figure["unit"]): string {
  const by = measured.p50 - floor.p50;
  return `${by < 0 ? "−" : "+"}${rounded(Math.abs(by))} ${unit}`;
}

/** The ratio of two medians. */
export function ratio(measured: Summary, floor: Summary): string {
  return `${(measured.p50 / floor.p50).toFixed(2)} ×`;
}

/** The figures as a table for people. */
export function table(figures: readonly Figure[]): string {
  const head = ["what", "p50", "p95", "n", "floor p50", "p95", "against it", "target", "met?"];
  const rows = figures.map((figure) => [
    figure.what,
    `${rounded(figure.measured.p50)} ${figure.unit}`,
    rounded(figure.measured.p95),
    String(figure.measured.n),
    `${rounded(figure.floor.p50)} ${figure.unit}`,
    rounded(figure.floor.p95),
    figure.compared,
    figure.target,
    figure.met ? "yes" : "NO",
  ]);
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "─".repeat(width));
  const notes = figures.flatMap(({ what, floor, note }) => [
    `${what}. Floor: ${floor.what}.${note === undefined ? "" : ` ${note}`}`,
  ]);
  return [line(head), line(rule), ...rows.map(line), "", ...notes].join("\n");
}

/** The figures as one line of JSON, with the machine they were taken on. */
export function json(figures: readonly Figure[]): string {
  const machine = {
    at: new Date().toISOString(),
    node: process.version,
    cpus: cpus().length,
    // Over the last minute: above the number of CPUs, others worked as well.
    load: Number(rounded(loadavg()[0] ?? 0)),
  };
  return JSON.stringify({ ...machine, figures });
}

function rounded(value: number): string {
  if (value >= 1000) return String(Math.round(value));
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
}
