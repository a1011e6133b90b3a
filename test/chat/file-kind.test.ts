import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { test } from "tap";
import { kindOfBytes, kindOfFile } from "../../src/chat/file-kind.ts";
import { gif, jpeg, png, webp } from "../support/pictures.ts";

const unknown = { kind: "other", mime: "application/octet-stream" };

test("the format and the size of a picture are in its header", async (t) => {
  const pictures: [string, string, Buffer][] = [
    ["image/png", "png", png(640, 480)],
    ["image/jpeg", "jpg", jpeg(640, 480)],
    ["image/gif", "gif", gif([640, 480], [640, 480])],
    ["image/webp", "webp", webp("VP8 ", 640, 480)],
    ["image/webp", "webp", webp("VP8L", 640, 480)],
    ["image/webp", "webp", webp("VP8X", 640, 480)],
  ];
  for (const [mime, extension, bytes] of pictures) {
    const expected = { kind: "image", mime, extension, width: 640, height: 480 };
    t.strictSame(await kindOfBytes(bytes), expected, mime);
  }
});

test("what claims to be a picture and has no whole header, or no pixels, is not taken for one", async (t) => {
  const faults = [
    png(640, 480).subarray(0, 20),
    png(0, 480),
    Buffer.concat([png(640, 480).subarray(0, 8), Buffer.alloc(200, 7)]),
    jpeg(640, 480).subarray(0, 4),
    jpeg(640, 0),
    Buffer.from("ffd8ffda000000000000000000", "hex"),
    gif([640, 480], [640, 480]).subarray(0, 20),
    webp("VP8 ", 640, 480).fill(0, 23, 26),
    webp("VP8X", 640, 480).fill(1, 12, 16),
    webp("VP8L", 640, 480).subarray(0, 18),
  ];
  for (const [index, bytes] of faults.entries())
    t.strictSame(await kindOfBytes(bytes), unknown, `${index}`);
});

test("a bomb is known by its size, and of a GIF the larger of screen and picture counts", async (t) => {
  t.match(await kindOfBytes(png(60_000, 60_000)), { width: 60_000, height: 60_000 });
  t.match(await kindOfBytes(jpeg(65_535, 65_535)), { width: 65_535, height: 65_535 });
  t.match(await kindOfBytes(gif([1, 1], [65_535, 40_000])), { width: 65_535, height: 40_000 });
});

test("a text is valid UTF-8 without NUL, whatever it begins with", async (t) => {
  const texts: [string, string, string][] = [
    ["BMW and II* are no pictures", "text/plain", "txt"],
    ["GIF89a is a format", "text/plain", "txt"],
    ["äöü ☃ \u001b[31mred", "text/plain", "txt"],
    ['<?xml version="1.0"?>\n<!-- a -->\n<svg width="9">', "image/svg+xml", "svg"],
    ["<!DOCTYPE svg PUBLIC 'x'><svg>", "image/svg+xml", "svg"],
    ["\uFEFF <!-- a --><!doctype html><p>", "text/html", "html"],
    ["<html lang=en>", "text/html", "html"],
    ["<?xml version='1.0'?><note/>", "application/xml", "xml"],
    ["<!-- never closed", "text/plain", "txt"],
  ];
  for (const [text, mime, extension] of texts) {
    const expected = { kind: "text", mime, extension };
    t.strictSame(await kindOfBytes(Buffer.from(text)), expected, text);
  }
  t.strictSame(await kindOfBytes(Buffer.from("a\0b")), unknown);
  t.strictSame(await kindOfBytes(Buffer.from("caf\u00e9", "latin1")), unknown);
  t.strictSame(await kindOfBytes(Buffer.alloc(0)), unknown);
  const cut = Buffer.concat([Buffer.alloc(65_535, "a"), Buffer.from("é")]);
  t.match(await kindOfBytes(cut), { kind: "text" }, "cut in the middle of a character");
  t.match(await kindOfBytes(cut.subarray(0, 65_536)), { kind: "text" });
  t.strictSame(await kindOfBytes(Buffer.from("aé").subarray(0, 2)), unknown, "the file ends there");
});

test("a text of a thousand comments takes no time", async (t) => {
  t.match(await kindOfBytes(Buffer.from(`${"<!---->".repeat(9000)}x`)), { mime: "text/plain" });
});

test("PDF, sound, film and archives are known by their first bytes", async (t) => {
  const ogg = Buffer.alloc(64);
  ogg.write("OggS", 0, "latin1");
  ogg.write("OpusHead", 28, "latin1");
  const mp4 = Buffer.from(`\0\0\0\u0018ftypisom\0\0\0\0isommp42`, "latin1");
  const kinds: [Buffer, object][] = [
    [Buffer.from("%PDF-1.7\n1 0 obj"), { kind: "pdf", mime: "application/pdf", extension: "pdf" }],
    [ogg, { kind: "audio", mime: "audio/ogg" }],
    [mp4, { kind: "video", mime: "video/mp4", extension: "mp4" }],
    [Buffer.from(`ID3\u0004\0\0\u0001\0\0\0${"\0".repeat(90)}`, "latin1"), { kind: "audio" }],
    [Buffer.from("504b0506000000000000000000000000000000000000", "hex"), { kind: "other" }],
    [Buffer.from("7f454c4602010100", "hex"), { kind: "other" }],
    [Buffer.from("00000018667479706865696300000000", "hex"), { kind: "image", mime: "image/heic" }],
  ];
  for (const [bytes, expected] of kinds) t.match(await kindOfBytes(bytes), expected);
});

test("a ZIP bomb in the beginning of a file is not unpacked", async (t) => {
  const name = "[Content_Types].xml";
  const packed = deflateRawSync(Buffer.alloc(50 * 1024 * 1024, 32), { level: 9 });
  const head = Buffer.alloc(30);
  head.set(Buffer.from("504b03041400000008000000", "hex"));
  head.writeUInt32LE(packed.length, 18);
  // It says that it is small.
  head.writeUInt32LE(1000, 22);
  head.writeUInt16LE(name.length, 26);
  const before = process.memoryUsage().arrayBuffers;
  const kind = await kindOfBytes(Buffer.concat([head, Buffer.from(name), packed]));
  t.match(kind, { kind: "other" });
  t.ok(process.memoryUsage().arrayBuffers - before < 20 * 1024 * 1024);
});

test("of a large file only the beginning is read, and the size of a JPEG where it is", async (t) => {
  const dir = await mkdtemp(join(tmpdir(), "file-kind-"));
  t.teardown(() => rm(dir, { recursive: true }));
  const path = join(dir, "report.pdf");
  const thumbnails = [Buffer.alloc(65_000, 1), Buffer.alloc(65_000, 2)];
  await writeFile(path, jpeg(4000, 3000, thumbnails));
  t.match(await kindOfFile(path), { kind: "image", mime: "image/jpeg", width: 4000, height: 3000 });
  const sparse = join(dir, "photo.png");
  await writeFile(sparse, "plain words");
  t.match(await kindOfFile(sparse), { kind: "text", mime: "text/plain" });
  const file = await open(sparse, "w");
  await file.truncate(40 * 1024 ** 3);
  await file.close();
  t.strictSame(await kindOfFile(sparse), unknown);
});
