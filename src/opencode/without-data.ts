const key = Buffer.from('"url":"data:');
const quote = 0x22;
const backslash = 0x5c;

/**
 * JSON that comes in pieces, without what its files contain: each `data:` URL in a property `url` is read as
 * `data:`, and is never in memory as a whole. It may be written as opencode writes it, without spaces; in any
 * other form nothing is left out.
 * @throws SyntaxError when it is no JSON, whatever `body` throws
 */
export async function readWithoutData(body: AsyncIterable<Uint8Array>): Promise<unknown> {
  const kept: Buffer[] = [];
  // What may be the beginning of a key, with the byte before it.
  let rest: Buffer = Buffer.alloc(0);
  let isInside = false;
  let isEscaped = false;
  for await (const piece of body) {
    let bytes = Buffer.concat([rest, piece]);
    rest = Buffer.alloc(0);
    while (bytes.length > 0) {
      if (isInside) {
        const end = endOf(bytes, isEscaped);
        isEscaped = end.isEscaped;
        isInside = end.at < 0;
        bytes = isInside ? Buffer.alloc(0) : bytes.subarray(end.at);
        continue;
      }
      const at = beginningIn(bytes);
      isInside = at >= 0;
      // The piece is one of the connection's, which would keep it whole.
      const end = isInside ? at : Math.max(0, bytes.length - key.length);
      kept.push(Buffer.from(bytes.subarray(0, end)));
      if (!isInside) rest = bytes.subarray(end);
      bytes = isInside ? bytes.subarray(at) : Buffer.alloc(0);
    }
  }
  return JSON.parse(Buffer.concat([...kept, rest]).toString("utf8"));
}

/** Where the content of the first file begins; -1 when there is none. */
function beginningIn(bytes: Buffer): number {
  // The first byte is the one before, or what was looked at already.
  for (let at = bytes.indexOf(key, 1); at >= 0; at = bytes.indexOf(key, at + 1)) {
    // Within a text its second quote would be escaped, so this is a key, maybe one that only ends like ours.
    if (bytes[at - 1] !== backslash) return at + key.length;
  }
  return -1;
}

/** Where a text that has begun ends: at its quote; -1 when that is not there yet. */
function endOf(bytes: Buffer, isEscaped: boolean): { at: number; isEscaped: boolean } {
  let escaped = isEscaped;
  let from = 0;
  for (;;) {
    const at = bytes.indexOf(quote, from);
    const end = at < 0 ? bytes.length : at;
    let first = end;
    while (first > from && bytes[first - 1] === backslash) first -= 1;
    const isOdd = (end - first) % 2 === 1;
    // One that stands before them all counts only where they begin the piece.
    escaped = first === from ? escaped !== isOdd : isOdd;
    if (at < 0) return { at, isEscaped: escaped };
    if (!escaped) return { at, isEscaped: false };
    escaped = false;
    from = at + 1;
  }
}
