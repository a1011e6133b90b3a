import { inflateSync } from "node:zlib";
import * as fc from "fast-check";
import { test } from "tap";
import { compressPixels, encodePng } from "../../src/picture/png.ts";
import { pngSize } from "../support/screen.ts";

/** What the one IDAT chunk of a PNG holds; inflating checks its Adler-32 too. */
function rawOf(png: Buffer): Buffer {
  const from = png.indexOf("IDAT") + 4;
  return inflateSync(png.subarray(from, from + png.readUInt32BE(from - 8)));
}

/** Pixels with a filter byte before each row. */
function filtered(pixels: readonly Uint8Array[], width: number): Buffer {
  const all = Buffer.concat(pixels);
  const rows = Array.from({ length: all.length / (4 * width) }, (_, row) =>
    Buffer.concat([Buffer.alloc(1), all.subarray(row * 4 * width, (row + 1) * 4 * width)]),
  );
  return Buffer.concat(rows);
}

test("a PNG of strips that were compressed alone holds the pixels of all of them", (t) => {
  const sizes = fc.record({
    width: fc.integer({ min: 1, max: 300 }),
    heights: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 }),
    seed: fc.integer({ min: 0, max: 255 }),
  });
  const holds = fc.property(sizes, ({ width, heights, seed }) => {
    const strips = heights.map((height, index) =>
      // Bytes of 255 bring the sums to where they wrap; those of 0 and few others to where nothing is added.
      Uint8Array.from({ length: 4 * width * height }, (_, at) =>
        index % 3 === 0 ? 255 : index % 3 === 1 ? (at * seed) % 256 : 0,
      ),
    );
    const compressed = strips.map((pixels) => compressPixels(pixels, width));
    const png = encodePng([...compressed, ...compressed.slice(0, 1)], width);
    const pixels = [...strips, ...strips.slice(0, 1)];
    const height = heights.reduce((sum, one) => sum + one, heights[0] ?? 0);
    return (
      rawOf(png).equals(filtered(pixels, width)) &&
      JSON.stringify(pngSize(png)) === JSON.stringify({ width, height })
    );
  });
  t.doesNotThrow(() => fc.assert(holds, { numRuns: 60 }));
  t.end();
});
