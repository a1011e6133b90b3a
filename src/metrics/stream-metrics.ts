import { Counter, Gauge, type Registry } from "prom-client";
import type { MetricSources, Read } from "./sources.ts";

const secondMs = 1000;

/** Follows how well opencode's events arrive. */
export function watchStream(registry: Registry, { events }: Pick<MetricSources, "events">): Read {
  const registers = [registry];
  const opened = new Counter({
    name: "switchboard_opencode_stream_opened_total",
    help: "How often opencode's event stream was opened; the first time counts too.",
    registers,
  });
  events.on("open", () => opened.inc());
  const failed = new Counter({
    name: "switchboard_opencode_stream_failed_total",
    help: "How often the stream ended, fell silent or could not be opened.",
    registers,
  });
  events.on("failed", () => failed.inc());
  const heard = new Counter({
    name: "switchboard_opencode_events_total",
    help: "Events that came over the stream; opencode sends a heartbeat every 10 s.",
    registers,
  });
  let heardAt = performance.now();
  events.on("event", () => {
    heardAt = performance.now();
    heard.inc();
  });
  const isOpen = new Gauge({
    name: "switchboard_opencode_stream_open",
    help: "1 while opencode's event stream is open, else 0.",
    registers,
  });
  const lag = new Gauge({
    name: "switchboard_opencode_stream_lag_seconds",
    help: "Time since the last event from opencode; a heartbeat is due every 10 s.",
    registers,
  });
  return () => {
    isOpen.set(events.isOpen ? 1 : 0);
    lag.set((performance.now() - heardAt) / secondMs);
  };
}
