import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { MetricSources, Read } from "./sources.ts";

const secondMs = 1000;

/** Counts the calls to the Bot API, and what became of those in the outbox. */
export function countCalls(
  registry: Registry,
  {
    telegramCalls,
    sender,
    pauses,
    registration,
  }: Pick<MetricSources, "telegramCalls" | "sender" | "pauses" | "registration">,
): Read {
  const registers = [registry];
  const calls = new Counter({
    name: "switchboard_telegram_calls_total",
    help: "Attempts to call the Bot API, by method and result; limited is a 429.",
    labelNames: ["method", "result"],
    registers,
  });
  const seconds = new Histogram({
    name: "switchboard_telegram_call_seconds",
    help: "How long an attempt to call the Bot API took.",
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  telegramCalls.on("ended", ({ method, outcome, ms }) => {
    calls.inc({ method, result: outcome });
    seconds.observe(ms / secondMs);
  });

  const ended = new Counter({
    name: "switchboard_outbox_ended_total",
    help: "Calls of the outbox that have ended; a failed one was given up.",
    labelNames: ["outcome"],
    registers,
  });
  for (const outcome of ["sent", "failed"]) ended.inc({ outcome }, 0);
  sender.on("ended", (_message, outcome) => ended.inc({ outcome }));

  const paused = new Gauge({
    name: "switchboard_telegram_pauses",
    help: "Chats and methods that are paused after a 429.",
    registers,
  });
  const longest = new Gauge({
    name: "switchboard_telegram_longest_pause_seconds",
    help: "How long the longest of these pauses still lasts; 0 without one.",
    registers,
  });
  const registered = new Gauge({
    name: "switchboard_telegram_registered",
    help: "1 when Telegram knows the bot and could reach it when last checked, else 0.",
    registers,
  });
  return () => {
    const { ends } = pauses;
    paused.set(ends.length);
    longest.set(Math.max(0, ...ends.map((end) => end - Date.now())) / secondMs);
    registered.set(registration.missing === undefined ? 1 : 0);
  };
}
