import { Worker } from "node:worker_threads";
import type { Captured } from "./cells.ts";
import type { DrawAnswer, DrawRequest } from "./draw-worker.ts";
import { cellHeight, cellWidth } from "./svg.ts";

/** How long a picture may take, and how long the thread that draws is kept. */
export interface PicturesOptions {
  /** Milliseconds one picture may take. */
  withinMs?: number;
  /** Milliseconds after the last picture until the thread ends and frees its memory. */
  idleMs?: number;
}

/** A pane could not be drawn. */
export class PictureError extends Error {
  override readonly name = "PictureError";
}

/** What draws panes; tests may use another. */
export type PictureMaker = Pick<Pictures, "draw">;

// Telegram takes photos whose sides sum to 10,000 pixels, one at most 20 times as long as the other.
const longestSides = 10_000;
const longestRatio = 20;

/**
 * Draws panes in a thread of its own, since a full one takes a quarter of a second of CPU. The thread, the fonts and
 * the libraries are loaded by the first picture.
 */
export class Pictures {
  #withinMs: number;
  #idleMs: number;
  #worker: Worker | undefined;
  #nextId = 0;
  #open = new Map<number, (answer: DrawAnswer) => void>();
  #idle: NodeJS.Timeout | undefined;

  constructor({ withinMs = 10_000, idleMs = 60_000 }: PicturesOptions = {}) {
    this.#withinMs = withinMs;
    this.#idleMs = idleMs;
  }

  /** A PNG of a pane. @throws PictureError when it takes too long or cannot be drawn */
  async draw(captured: Captured): Promise<Uint8Array> {
    if (!isTaken(captured)) throw new PictureError("Telegram takes no photo of that size");
    clearTimeout(this.#idle);
    const id = this.#nextId++;
    const { promise, resolve } = Promise.withResolvers<DrawAnswer>();
    this.#open.set(id, resolve);
    const late = setTimeout(() => this.#fail("drawing took too long"), this.#withinMs);
    try {
      const request: DrawRequest = { id, captured };
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
      this.#started().postMessage(request);
      const answer = await promise;
      if ("fault" in answer) throw new PictureError(answer.fault);
      return answer.png;
    } finally {
      clearTimeout(late);
      this.#open.delete(id);
      this.#rest();
    }
  }

  /** Ends the thread; pictures that are being drawn fail. */
  async stop(): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#fail("stopped");
    await worker?.terminate();
  }

  #started(): Worker {
    if (this.#worker) return this.#worker;
    const worker = new Worker(new URL("./draw-worker.ts", import.meta.url));
    worker.unref();
    worker.on("message", (answer: DrawAnswer) => this.#open.get(answer.id)?.(answer));
    worker.on("error", (error) => this.#ended(worker, String(error)));
    worker.on("exit", () => this.#ended(worker, "the thread that draws has ended"));
    this.#worker = worker;
    return worker;
  }

  /** Ends a thread that may hang; the next picture starts another one. */
  #fail(fault: string): void {
    const worker = this.#worker;
    if (!worker) return;
    this.#ended(worker, fault);
    void worker.terminate();
  }

  #ended(worker: Worker, fault: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    for (const [id, answer] of this.#open) answer({ id, fault });
  }

  #rest(): void {
    clearTimeout(this.#idle);
    if (this.#open.size > 0) return;
    this.#idle = setTimeout(() => this.#fail("idle"), this.#idleMs);
    this.#idle.unref();
  }
}

function isTaken({ width, height }: Captured): boolean {
  const [long, short] = [width * cellWidth, height * cellHeight].toSorted((a, b) => b - a);
  if (!long || !short) return false;
  return long + short <= longestSides && long / short <= longestRatio;
}
