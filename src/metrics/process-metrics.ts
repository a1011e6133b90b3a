import { readdir } from "node:fs/promises";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Counter, Gauge, type Registry } from "prom-client";
import { ownDescriptors } from "../folder.ts";

/** What is known of this process. */
export interface ProcessMetrics {
  /** Reads the current figures. */
  read: () => Promise<void>;
  /** Stops measuring. */
  stop: () => void;
}

// A timer of this period measures how late it fires.
const resolutionMs = 20;

/**
 * Figures of this process, named as in every Prometheus exporter. The client's own
 * default metrics are three times as many, wake the process 100 times a second, and cannot be ended.
 */
export function watchProcess(registry: Registry): ProcessMetrics {
  const registers = [registry];
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  const cpu = new Counter({
    name: "process_cpu_seconds_total",
    help: "Processor time used.",
    registers,
  });
  const memory = gauge("process_resident_memory_bytes", "Memory in use.");
  const heap = gauge("nodejs_heap_size_used_bytes", "The part of it that JavaScript objects use.");
  const started = gauge(
    "process_start_time_seconds",
    "When the process started, in seconds since the epoch.",
  );
  const descriptors = gauge("process_open_fds", "Open files and sockets.");
  const stall = gauge(
    "switchboard_event_loop_stall_seconds",
    "The longest time since the last scrape for which the event loop was blocked.",
  );
  started.set(Math.round(Date.now() / 1000 - process.uptime()));
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  let cpuSeconds = 0;
  const read = async () => {
    const { user, system } = process.cpuUsage();
    const seconds = (user + system) / 1e6;
    cpu.inc(seconds - cpuSeconds);
    cpuSeconds = seconds;
    const { rss, heapUsed } = process.memoryUsage();
    memory.set(rss);
    heap.set(heapUsed);
    stall.set(Math.max(0, delay.max / 1e9 - resolutionMs / 1000));
    delay.reset();
    const open = await readdir(ownDescriptors).catch(() => []);
    descriptors.set(open.length);
  };
  return { read, stop: () => void delay.disable() };
}
