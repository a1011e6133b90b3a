import { EventEmitter } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import type { GlobalEvent } from "@opencode-ai/sdk/v2/client";
import { createParser } from "eventsource-parser";
import type { Logger } from "../log.ts";
import type { Opencode } from "./client.ts";
import type { Coming } from "./http.ts";

/** One event of opencode; `type` tells which. */
export type OpencodeEvent = GlobalEvent["payload"];

/** The events of the stream itself. */
export interface StreamEvents {
  /** One event of opencode; they come in order. */
  event: [event: OpencodeEvent];
  /** The stream is open again: whatever happened meanwhile was not seen. */
  open: [];
  /** The stream has ended or failed. */
  closed: [];
  /** The stream could not be opened, or has ended; it is tried again. */
  failed: [];
}

/** What the stream needs. */
export interface EventStreamOptions {
  client: Pick<Opencode, "events">;
  /** A server that is being started is waited for. */
  coming?: Coming;
  log: Logger;
  /** Silence after which the stream counts as dead; opencode sends a heartbeat every 10 s. */
  silenceMs?: number;
  /**
   * Milliseconds within which a new stream must send something. It usually does at once, but a stream
   * opened while the server starts may stay silent for ever.
   */
  firstWordMs?: number;
  firstPauseMs?: number;
  longestPauseMs?: number;
}

/**
 * Follows opencode's events: a stream that ends, fails or falls silent is opened again, after pauses
 * that grow until something is received.
 */
export class EventStream extends EventEmitter<StreamEvents> {
  #options: EventStreamOptions;
  #stopped = new AbortController();
  #running: Promise<void> | undefined;
  #isOpen = false;

  constructor(options: EventStreamOptions) {
    super();
    this.#options = options;
  }

  /** Whether the stream is open. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Begins to follow; a second call does nothing. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Ends the stream and resolves when it is closed. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { firstPauseMs = 100, longestPauseMs = 5000, log } = this.#options;
    const { signal } = this.#stopped;
    let pauseMs = firstPauseMs;
    while (!signal.aborted) {
      try {
        await this.#follow(() => (pauseMs = firstPauseMs));
        log.info("the event stream of opencode ended");
      } catch (error) {
        if (!signal.aborted) log.debug({ err: error }, "the event stream of opencode failed");
      }
      if (!signal.aborted) this.emit("failed");
      await pause(pauseMs, undefined, { signal }).catch(() => undefined);
      pauseMs = Math.min(longestPauseMs, pauseMs * 2);
    }
  }

  async #follow(heard: () => void): Promise<void> {
    const { client, coming, silenceMs = 30_000, firstWordMs = 3000 } = this.#options;
    // Before the watch on its silence begins.
    await coming?.up();
    const silence = new AbortController();
    const signal = AbortSignal.any([this.#stopped.signal, silence.signal]);
    let watchdog = setTimeout(() => silence.abort(), firstWordMs);
    // A turn has thousands of events, so they pass through as little as possible.
    const parser = createParser({ onEvent: ({ data }) => this.#take(data, opened) });
    const opened = () => {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => silence.abort(), silenceMs);
      heard();
      this.#isOpen = true;
      this.emit("open");
    };
    try {
      for await (const text of await client.events(signal)) {
        parser.feed(text);
        if (this.#isOpen) watchdog.refresh();
      }
    } finally {
      clearTimeout(watchdog);
      if (this.#isOpen) {
        this.#isOpen = false;
        this.emit("closed");
      }
    }
  }

  #take(data: string, opened: () => void): void {
    if (!this.#isOpen) opened();
    const payload = payloadOf(data);
    if (payload) this.emit("event", payload);
  }
}

// opencode 1.18 sends what it stores a second time, in this form.
const isDouble = /^\{"directory":"[^"]*","project":"[^"]*","payload":\{"type":"sync"/;

function payloadOf(data: string): OpencodeEvent | undefined {
  if (isDouble.test(data)) return undefined;
  try {
    return (JSON.parse(data) as Partial<GlobalEvent>).payload;
  } catch {
    // A line cut off by a dying server; what it told is read from the state on reconnect.
    return undefined;
  }
}
