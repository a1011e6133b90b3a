/** Headers of pictures of any size, and nothing behind them that could be decoded. */

/** A PNG of so many pixels; its pixels are `rest`. */
export function png(width: number, height: number, rest: Uint8Array = new Uint8Array(8)): Buffer {
  const head = Buffer.alloc(33);
  head.set(Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"));
  head.writeUInt32BE(width, 16);
  head.writeUInt32BE(height, 20);
  return Buffer.concat([head, rest]);
}

/** A JPEG of so many pixels, with `segments` before its size. */
export function jpeg(width: number, height: number, segments: Uint8Array[] = []): Buffer {
  const frame = Buffer.from("ffc000110800000000030122000211010311010000", "hex");
  frame.writeUInt16BE(height, 5);
  frame.writeUInt16BE(width, 7);
  const parts = segments.map((segment) => {
    const head = Buffer.from("ffe10000", "hex");
    head.writeUInt16BE(segment.length + 2, 2);
    return Buffer.concat([head, segment]);
  });
  return Buffer.concat([Buffer.from("ffd8", "hex"), ...parts, frame, Buffer.from("ffd9", "hex")]);
}

/** A GIF whose screen is of one size and whose only picture of another. */
export function gif(screen: [number, number], picture: [number, number]): Buffer {
  const head = Buffer.from("GIF89a\0\0\0\0\x80\0\0\0\0\0\0\0\0", "latin1");
  head.writeUInt16LE(screen[0], 6);
  head.writeUInt16LE(screen[1], 8);
  const control = Buffer.from("21f904000000000000", "hex").subarray(0, 8);
  const descriptor = Buffer.from("2c000000000000000000", "hex");
  descriptor.writeUInt16LE(picture[0], 5);
  descriptor.writeUInt16LE(picture[1], 7);
  return Buffer.concat([head, control, descriptor, Buffer.from("3b", "hex")]);
}

/** A WebP of one of the three kinds of its first chunk. */
export function webp(chunk: "VP8 " | "VP8L" | "VP8X", width: number, height: number): Buffer {
  const bytes = Buffer.alloc(40);
  bytes.write("RIFF", 0, "latin1");
  bytes.writeUInt32LE(32, 4);
  bytes.write(`WEBP${chunk}`, 8, "latin1");
  if (chunk === "VP8X") {
    bytes.writeUIntLE(width - 1, 24, 3);
    bytes.writeUIntLE(height - 1, 27, 3);
  } else if (chunk === "VP8L") {
    bytes.writeUInt8(0x2f, 20);
    bytes.writeUInt32LE(((height - 1) << 14) | (width - 1), 21);
  } else {
    bytes.set([0x9d, 0x01, 0x2a], 23);
    bytes.writeUInt16LE(width, 26);
    bytes.writeUInt16LE(height, 28);
  }
  return bytes;
}

/** A whole WebP of one pixel. */
export const wholeWebp = Buffer.from("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==", "base64");

/** A PDF without pages. */
export const smallPdf = Buffer.from("%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n%%EOF\n");
