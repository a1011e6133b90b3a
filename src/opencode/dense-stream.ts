import type { IncomingMessage } from "node:http";
import { setTimeout as pause } from "node:timers/promises";

const denseMs = 8;
const restMs = 16;

/**
 * The pieces of an event stream. Where pieces of text come one by one, faster than one in 8 ms, those of the
 * next 16 ms are left in the socket and come together: to wake up for each costs more than to read it.
 * Nothing else waits: the first piece that is no text ends that.
 */
export async function* denseStream(response: IncomingMessage): AsyncGenerator<Uint8Array> {
  let readAt = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    yield piece;
    const now = performance.now();
    const isDense = now - readAt < denseMs || deltasIn(piece) > 1;
    readAt = now;
    if (!isDense || deltasIn(piece) === 0 || piece.includes(stored)) continue;
    response.socket.pause();
    await pause(restMs);
    response.socket.resume();
  }
}

const delta = '"type":"message.part.delta"';
const stored = '"type":"message.part.updated"';

/** 0, 1, or 2 for more. */
function deltasIn(piece: Buffer): number {
  const first = piece.indexOf(delta);
  if (first < 0) return 0;
  return piece.indexOf(delta, first + delta.length) < 0 ? 1 : 2;
}
