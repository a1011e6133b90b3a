import { Counter, Gauge, Registry } from "prom-client";
import type { Logger } from "../log.ts";
import { countAgents } from "./agent-metrics.ts";
import { readBacklog, watchBacklog } from "./backlog-metrics.ts";
import { watchProcess } from "./process-metrics.ts";
import type { MetricSources } from "./sources.ts";
import { watchStream } from "./stream-metrics.ts";
import { countCalls } from "./telegram-metrics.ts";
import { countUpdates } from "./update-metrics.ts";

/**
 * The metrics of one Switchboard: counted from the events of its parts, or read from them at the moment of a
 * scrape. Every label has few values, all of them words of ours or methods of the Bot API.
 */
export class Metrics {
  #registry = new Registry();
  #sources: MetricSources;
  #log: Logger;
  #process = watchProcess(this.#registry);
  #showBacklog = watchBacklog(this.#registry);
  #reads: (() => void)[];
  #unsubscribe: () => void;
  #storeUp = new Gauge({
    name: "switchboard_store_up",
    help: "1 when the store could be read for this scrape; else 0, and what waits is not shown.",
    registers: [this.#registry],
  });
  #requests = new Counter({
    name: "switchboard_http_requests_total",
    help: "HTTP requests that were answered, by route and status.",
    labelNames: ["route", "status"],
    registers: [this.#registry],
  });

  constructor(sources: MetricSources, log: Logger) {
    this.#sources = sources;
    this.#log = log;
    countUpdates(this.#registry, sources);
    this.#unsubscribe = countAgents(this.#registry, sources);
    this.#reads = [countCalls(this.#registry, sources), watchStream(this.#registry, sources)];
  }

  /** The media type of `text`. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Counts a request; `route` is the route's own address, undefined when there is none. */
  countRequest(route: string | undefined, status: number): void {
    this.#requests.inc({ route: route ?? "none", status });
  }

  /** All metrics as they stand now, in the text format of Prometheus. Never rejects for the store. */
  async text(): Promise<string> {
    await this.#process.read();
    for (const read of this.#reads) read();
    await this.#readBacklog();
    return this.#registry.metrics();
  }

  /** Stops listening and measuring. */
  stop(): void {
    this.#unsubscribe();
    this.#process.stop();
  }

  async #readBacklog(): Promise<void> {
    try {
      this.#showBacklog(await this.#sources.store.read(readBacklog));
      this.#storeUp.set(1);
    } catch (error) {
      this.#log.error({ err: error }, "the store could not be read for the metrics");
      this.#showBacklog(undefined);
      this.#storeUp.set(0);
    }
  }
}
