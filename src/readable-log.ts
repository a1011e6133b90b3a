import type { DestinationStream } from "pino";
import { terminalLine } from "./terminal-text.ts";

const levels: Record<number, string> = {
  10: "trace",
  20: "debug",
  40: "WARN",
  50: "ERROR",
  60: "FATAL",
};
// What every entry has and nobody reads on a terminal.
const usual = new Set(["level", "time", "pid", "hostname", "module", "msg", "err", "error"]);
const longestDetail = 200;

/**
 * Writes each entry of the log as one line for people: the time of day, the level where it is not usual,
 * the module, the message, and the rest in brackets. An error is its words and those of its causes; for
 * one that is logged as an error the place in the code follows. JSON has the whole of it.
 */
export function readableLog(stream: DestinationStream): DestinationStream {
  return { write: (entry) => stream.write(`${readableLine(entry)}\n`) };
}

/** One line of text of one line of JSON; what is not JSON stays as it is. Nothing in it controls a terminal. */
export function readableLine(entry: string): string {
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(entry) as Record<string, unknown>;
  } catch {
    return terminalLine(entry);
  }
  const { level, time, module, msg = "" } = fields;
  const fault = fields["err"] ?? fields["error"];
  const details = Object.entries(fields)
    .filter(([name]) => !usual.has(name))
    .map(([name, value]) => `${name} ${shown(value)}`);
  const line = [
    clock(Number(time)),
    levels[Number(level)],
    typeof module === "string" ? `${module}:` : undefined,
    String(msg),
    fault === undefined || fault === null ? undefined : `(${wordsOf(fault, Number(level) >= 50)})`,
    details.length > 0 ? `(${details.join(", ")})` : undefined,
  ];
  return terminalLine(line.filter((part) => part !== undefined && part !== "").join(" "));
}

function clock(time: number): string {
  const at = new Date(time);
  return Number.isNaN(at.getTime()) ? "" : at.toTimeString().slice(0, 8);
}

function shown(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > longestDetail ? `${text.slice(0, longestDetail - 1)}…` : text;
}

/** `message (CODE): that of its cause, at file:line`. */
function wordsOf(thrown: unknown, withPlace: boolean): string {
  if (typeof thrown !== "object" || thrown === null) return String(thrown);
  const { message = "", code, cause, stack } = thrown as Record<string, unknown>;
  const own = typeof code === "string" ? `${String(message)} (${code})` : String(message);
  const below = cause === undefined ? own : `${own}: ${wordsOf(cause, false)}`;
  const place = withPlace
    ? /\/((?:src|plugins|routes)\/[^\s):]+:\d+)/.exec(String(stack))?.[1]
    : undefined;
  return place === undefined ? below : `${below}, at ${place}`;
}
