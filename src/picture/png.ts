import { constants, crc32, deflateRawSync } from "node:zlib";

const signature = Buffer.from("89504e470d0a1a0a", "hex");
const channels = 4;
// 8 bits a channel, red green blue and alpha, no interlace (PNG specification, IHDR).
const form = [8, 6, 0, 0, 0];
// Two to four rows of pixels fit into the window, and most are like the one above. resvg's own PNG of a terminal takes
// ten times as long and is a third smaller.
const windowBits = 14;
const compression = { level: 3, windowBits, memLevel: 7, finishFlush: constants.Z_SYNC_FLUSH };
// Deflate with a window of that size, no dictionary (RFC 1950, 2.2); and a last block that is empty (RFC 1951, 3.2.6).
const zlibHeader = Buffer.from([0x68, 0x05]);
const lastBlock = Buffer.from([0x03, 0x00]);

/** Some rows of pixels, compressed by themselves: a picture is put together from strips that were used before. */
export interface Strip {
  /** How many rows of pixels it has. */
  height: number;
  /** Blocks of deflate that refer to nothing outside, and are not the last ones (RFC 1951). */
  blocks: Buffer;
  /** Of what the blocks contain: its Adler-32, and its length in bytes. */
  sum: number;
  length: number;
}

/** Compresses whole rows of `width` pixels, with 4 bytes for each pixel. */
export function compressPixels(pixels: Uint8Array, width: number): Strip {
  const stride = width * channels;
  const height = pixels.length / stride;
  const raw = Buffer.alloc(height * (stride + 1));
  for (let row = 0; row < height; row += 1) {
    // Each row begins with its filter, which is none.
    raw.set(pixels.subarray(row * stride, (row + 1) * stride), row * (stride + 1) + 1);
  }
  return {
    height,
    blocks: deflateRawSync(raw, compression),
    sum: adler32(raw),
    length: raw.length,
  };
}

/** A PNG of strips, from top to bottom; all of them are `width` pixels wide. */
export function encodePng(strips: readonly Strip[], width: number): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(
    strips.reduce((height, strip) => height + strip.height, 0),
    4,
  );
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(strips.reduce(joinSums, 1));
  const data = [zlibHeader, ...strips.map(({ blocks }) => blocks), lastBlock, sum];
  return Buffer.concat([
    signature,
    ...chunk("IHDR", [header, Buffer.from(form)]),
    ...chunk("IDAT", data),
    ...chunk("IEND", []),
  ]);
}

function chunk(type: string, data: readonly Buffer[]): Buffer[] {
  const body = [Buffer.from(type, "latin1"), ...data];
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.reduce((sum, part) => sum + part.length, 0));
  const check = Buffer.alloc(4);
  check.writeUInt32BE(body.reduce((sum, part) => crc32(part, sum), 0));
  return [length, ...body, check];
}

// Adler-32 (RFC 1950, 9): the sum of the bytes plus 1 in the lower half, the sum of those sums in the upper one.
const modulus = 65_521;
// That many bytes may be added before the sums have to be made smaller.
const addedAtOnce = 5552;

function adler32(bytes: Uint8Array): number {
  let [low, high] = [1, 0];
  for (let from = 0; from < bytes.length; from += addedAtOnce) {
    const to = Math.min(bytes.length, from + addedAtOnce);
    for (let at = from; at < to; at += 1) {
      low += bytes[at] ?? 0;
      high += low;
    }
    low %= modulus;
    high %= modulus;
  }
  return high * 65_536 + low;
}

/** The Adler-32 of what has the sum `before` and then a strip; 1 is that of nothing. */
function joinSums(before: number, { sum, length }: Strip): number {
  const [low, high] = [before % 65_536, Math.floor(before / 65_536)];
  // Each byte of the strip adds what came before it once more to the upper half.
  const added = low - 1;
  const newLow = (added + (sum % 65_536)) % modulus;
  const newHigh = (high + Math.floor(sum / 65_536) + (length % modulus) * added) % modulus;
  return ((newHigh + modulus) % modulus) * 65_536 + ((newLow + modulus) % modulus);
}
