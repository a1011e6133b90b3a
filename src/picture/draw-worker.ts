import { parentPort } from "node:worker_threads";
import type { Captured } from "./cells.ts";
import { Drawing } from "./drawing.ts";

/** What the thread that draws is asked. */
export interface DrawRequest {
  id: number;
  captured: Captured;
}

/** What it answers: a PNG, or in what way it failed. */
export type DrawAnswer = { id: number; png: Uint8Array } | { id: number; fault: string };

// One after the other: pictures share the rows that they have in common.
let last: Promise<void> = Promise.resolve();
const drawing = new Drawing();

parentPort?.on("message", ({ id, captured }: DrawRequest) => {
  last = last.then(async () => {
    const answer = await drawing.draw(captured).then(
      (png): DrawAnswer => ({ id, png }),
      (error: unknown): DrawAnswer => ({ id, fault: String(error) }),
    );
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
    parentPort?.postMessage(answer);
  });
});
