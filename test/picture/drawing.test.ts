import { inflateSync } from "node:zlib";
import { test } from "tap";
import { Drawing } from "../../src/picture/drawing.ts";
import { PictureError, Pictures } from "../../src/picture/pictures.ts";
import { pngSize } from "../support/screen.ts";

const captured = (text: string, width = 8, height = 2) => ({
  text,
  width,
  height,
  cursor: undefined,
});

/** The colour of a pixel of a PNG as `encodePng` writes it. */
function pixel(png: Buffer, x: number, y: number): number[] {
  const { width } = pngSize(png) ?? { width: 0 };
  const from = png.indexOf("IDAT") + 4;
  const length = png.readUInt32BE(from - 8);
  const raw = inflateSync(png.subarray(from, from + length));
  const at = y * (width * 4 + 1) + 1 + x * 4;
  return [...raw.subarray(at, at + 4)];
}

test("a picture has all rows in their places, however it came to them", async (t) => {
  const drawing = new Drawing();
  const red = "\u001b[48;2;200;0;0m        \u001b[0m";
  const blue = "\u001b[48;2;0;0;200m        \u001b[0m";
  const first = await drawing.draw(captured(`${red}\n${blue}\n`));
  t.same(pngSize(first), { width: 80, height: 38 });
  t.same(pixel(first, 5, 5), [200, 0, 0, 255]);
  t.same(pixel(first, 79, 37), [0, 0, 200, 255]);
  const scrolled = await drawing.draw(captured(`${blue}\nword\n`));
  t.same(pixel(scrolled, 5, 5), [0, 0, 200, 255]);
  t.same(pixel(scrolled, 79, 37), [0x12, 0x12, 0x12, 255]);
  const letter = Array.from({ length: 19 }, (_, y) => pixel(scrolled, 5, 19 + y)[0] ?? 0);
  t.ok(Math.max(...letter) > 100, "the word is drawn");
  const wider = await drawing.draw(captured(`${blue}\n`, 10, 3));
  t.same(pngSize(wider), { width: 100, height: 57 });
});

test("box drawing joins over the edges of cells and rows", async (t) => {
  const png = await new Drawing().draw(captured("│││\n│││\n", 3, 2));
  const line = Array.from({ length: 38 }, (_, y) =>
    Math.max(pixel(png, 4, y)[0] ?? 0, pixel(png, 5, y)[0] ?? 0),
  );
  t.ok(Math.min(...line) > 100, "no gap in it");
});

test("a thread draws; one that takes too long is ended, and the next picture has another", async (t) => {
  const pictures = new Pictures({ withinMs: 1 });
  await t.rejects(pictures.draw(captured("x")), PictureError);
  const patient = new Pictures();
  t.teardown(() => patient.stop());
  const [one, two] = await Promise.all([
    patient.draw(captured("one\n")),
    patient.draw(captured("two\n", 4, 1)),
  ]);
  t.same(pngSize(Buffer.from(one)), { width: 80, height: 38 });
  t.same(pngSize(Buffer.from(two)), { width: 40, height: 19 });
  await t.rejects(
    patient.draw(captured("x", 600, 500)),
    PictureError,
    "Telegram takes none so large",
  );
  await t.rejects(patient.draw(captured("x", 500, 5)), PictureError, "nor so narrow");
});
