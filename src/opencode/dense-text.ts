/** Milliseconds between pieces from which on a text is not dense, or is so dense that it rests for longer. */
const slowestMs = 20;
const fastestMs = 3;
const restMs = 8;
const longRestMs = 30;
// How much each piece counts in the average, against those before it.
const weight = 0.05;

/**
 * How many milliseconds what opencode sends next may stay in the socket, asked after each piece of its event
 * stream. Where pieces of an agent's text come one by one, faster than one in 20 ms, those of the next 8 ms come
 * together, or of the next 30 ms where they come faster than any model of today writes: to wake up for each
 * costs more than to read it. Nothing else waits: it is 0 after the first event that is no piece of a text, and
 * when they come slowly.
 */
export function restWhileDense(): (text: string) => number {
  let readAt = -Infinity;
  let averageMs = slowestMs;
  return (text) => {
    const count = countOf(text);
    if (count === 0) return 0;
    const now = performance.now();
    const apartMs = (now - readAt) / count;
    readAt = now;
    // opencode sends pieces of a model in bunches, so those of one reading say little of how fast it writes.
    averageMs += (Math.min(apartMs, slowestMs) - averageMs) * (1 - (1 - weight) ** count);
    const isNewest =
      text.lastIndexOf(delta) > text.lastIndexOf(eventEnd, text.length - eventEnd.length - 1);
    if (!isNewest || apartMs > slowestMs) return 0;
    return averageMs < fastestMs ? longRestMs : restMs;
  };
}

const delta = '"type":"message.part.delta"';
const eventEnd = "\n\n";

/** How many pieces of a text there are. */
function countOf(text: string): number {
  let count = 0;
  for (let at = text.indexOf(delta); at >= 0; at = text.indexOf(delta, at + delta.length))
    count += 1;
  return count;
}
