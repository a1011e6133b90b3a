/** Pixels of a picture, as its header says; nothing was decoded. */
export interface ImageSize {
  width: number;
  height: number;
}

/** Bytes of a file from a position on; fewer than asked for at its end. */
export type ReadAt = (position: number, length: number) => Promise<Uint8Array>;

/** The formats whose size is read. */
export type SizedImage = "image/png" | "image/jpeg" | "image/gif" | "image/webp";

/** Which of these formats the first bytes of a file claim to be. */
export function sizedImage(head: Uint8Array): SizedImage | undefined {
  const at = (offset: number, text: string) => ascii(head, offset, text.length) === text;
  if (at(0, "\u0089PNG\r\n\u001a\n")) return "image/png";
  if (at(0, "\u00ff\u00d8\u00ff")) return "image/jpeg";
  if (at(0, "GIF87a") || at(0, "GIF89a")) return "image/gif";
  if (at(0, "RIFF") && at(8, "WEBP")) return "image/webp";
  return undefined;
}

/**
 * The size of a picture of such a format. Undefined when its header is not one of that format, is cut off, or
 * names no pixels: nothing may be shown it then.
 */
export async function imageSize(type: SizedImage, read: ReadAt): Promise<ImageSize | undefined> {
  const size = await sizes[type](read);
  return size && size.width > 0 && size.height > 0 ? size : undefined;
}

const sizes: Record<SizedImage, (read: ReadAt) => Promise<ImageSize | undefined>> = {
  "image/png": pngSize,
  "image/jpeg": jpegSize,
  "image/gif": gifSize,
  "image/webp": webpSize,
};

/** PNG, 11.2.1: the first chunk is IHDR, 13 bytes long. */
async function pngSize(read: ReadAt): Promise<ImageSize | undefined> {
  const view = viewOf(await read(0, 33));
  if (view.byteLength < 33 || view.getUint32(8) !== 13 || view.getUint32(12) !== 0x49_48_44_52)
    return undefined;
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

// A header of more segments than this is none.
const maxSegments = 500;

/** JPEG, B.2.2: the size is in the frame header, after any number of segments that name their length. */
async function jpegSize(read: ReadAt): Promise<ImageSize | undefined> {
  let position = 2;
  for (let segment = 0; segment < maxSegments; segment += 1) {
    const view = viewOf(await read(position, 9));
    if (view.byteLength < 9 || view.getUint8(0) !== 0xff) return undefined;
    const marker = view.getUint8(1);
    if (marker === 0xff) {
      position += 1;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { width: view.getUint16(7), height: view.getUint16(5) };
    // Pixels, the end, or a marker that has no place before the frame.
    if (marker === 0xd9 || marker === 0xda || marker < 0xc0) return undefined;
    position += 2 + view.getUint16(2);
  }
  return undefined;
}

/** GIF89a, 18, 20 and 23: the size of the screen, or of its first picture where that is larger. */
async function gifSize(read: ReadAt): Promise<ImageSize | undefined> {
  const screen = viewOf(await read(0, 13));
  if (screen.byteLength < 13) return undefined;
  const flags = screen.getUint8(10);
  let position = 13 + (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  let isInExtension = false;
  for (let block = 0; block < maxSegments; block += 1) {
    const view = viewOf(await read(position, 9));
    if (view.byteLength < 9) return undefined;
    const first = view.getUint8(0);
    if (isInExtension) {
      // A part of it, which names its length; the last one is empty.
      position += 1 + first;
      isInExtension = first > 0;
    } else if (first === 0x2c) {
      const width = Math.max(screen.getUint16(6, true), view.getUint16(5, true));
      return { width, height: Math.max(screen.getUint16(8, true), view.getUint16(7, true)) };
    } else if (first === 0x21) {
      position += 2;
      isInExtension = true;
    } else return undefined;
  }
  return undefined;
}

/** WebP container, "Simple File Format" and "Extended File Format"; RFC 9649. */
async function webpSize(read: ReadAt): Promise<ImageSize | undefined> {
  const head = await read(0, 30);
  const view = viewOf(head);
  const chunk = ascii(head, 12, 4);
  if (chunk === "VP8L" && view.byteLength >= 25) {
    if (view.getUint8(20) !== 0x2f) return undefined;
    const bits = view.getUint32(21, true);
    return { width: (bits & 0x3f_ff) + 1, height: ((bits >>> 14) & 0x3f_ff) + 1 };
  }
  if (view.byteLength < 30) return undefined;
  if (chunk === "VP8X") return { width: uint24(view, 24) + 1, height: uint24(view, 27) + 1 };
  if (chunk !== "VP8 " || ascii(head, 23, 3) !== "\u009d\u0001\u002a") return undefined;
  return { width: view.getUint16(26, true) & 0x3f_ff, height: view.getUint16(28, true) & 0x3f_ff };
}

function uint24(view: DataView, offset: number): number {
  return view.getUint16(offset, true) + view.getUint8(offset + 2) * 65_536;
}

function ascii(bytes: Uint8Array, offset: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + length));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
