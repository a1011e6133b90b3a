const denseMs = 20;
const restMs = 20;
// What comes faster than a fast model writes rests longer: about eight pieces, in UTF-16 units.
const veryDense = 2000;
const longRestMs = 40;

/**
 * How many milliseconds what opencode sends next may stay in the socket, asked after each piece of its event
 * stream. Where pieces of an agent's text come one by one, faster than one in 20 ms, those of the next 20 or
 * 40 ms come together: to wake up for each costs more than to read it. Nothing else waits: it is 0 after the
 * first event that is no piece of a text, and when they come slowly.
 */
export function restWhileDense(): (text: string) => number {
  let readAt = -Infinity;
  return (text) => {
    const now = performance.now();
    const newest = text.lastIndexOf(delta);
    const isDense = now - readAt < denseMs || text.indexOf(delta) < newest;
    readAt = now;
    const isNewest = newest > text.lastIndexOf(eventEnd, text.length - eventEnd.length - 1);
    if (!isDense || !isNewest) return 0;
    return text.length > veryDense ? longRestMs : restMs;
  };
}

const delta = '"type":"message.part.delta"';
const eventEnd = "\n\n";
