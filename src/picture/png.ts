import { promisify } from "node:util";
import { crc32, deflate } from "node:zlib";

const signature = Buffer.from("89504e470d0a1a0a", "hex");
const channels = 4;
// 8 bits a channel, red green blue and alpha, no interlace (PNG specification, IHDR).
const form = [8, 6, 0, 0, 0];
// resvg's own PNG of a terminal takes ten times as long and is a third smaller.
const level = 3;

/**
 * A PNG that is `width` pixels wide. Each strip holds one or more rows, from top to bottom, with 4 bytes for each
 * pixel.
 */
export async function encodePng(strips: readonly Uint8Array[], width: number): Promise<Buffer> {
  const stride = width * channels;
  const height = strips.reduce((sum, strip) => sum + strip.length / stride, 0);
  const raw = Buffer.alloc(height * (stride + 1));
  let to = 0;
  for (const strip of strips) {
    for (let from = 0; from < strip.length; from += stride) {
      // Each row begins with its filter, which is none.
      raw.set(strip.subarray(from, from + stride), to + 1);
      to += stride + 1;
    }
  }
  const header = Buffer.alloc(8);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  return Buffer.concat([
    signature,
    chunk("IHDR", Buffer.concat([header, Buffer.from(form)])),
    chunk("IDAT", await promisify(deflate)(raw, { level })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
