import { badRequest } from "./refusal.ts";

const maxPhoto = 10 * 1024 * 1024;
const pngSignature = Buffer.from("89504e470d0a1a0a", "hex");

/**
 * Width and height of a photo. Throws Telegram's refusals for what is no picture, is over 10 MB,
 * has width and height that sum to over 10 000, or a ratio over 20. Sizes are read of PNG only.
 */
export function photoSize(bytes: Buffer): { width: number; height: number } {
  if (bytes.length > maxPhoto) throw badRequest("file is too big");
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return { width: 800, height: 600 };
  const isPng = bytes.length > 24 && bytes.subarray(0, 8).equals(pngSignature);
  if (!isPng) throw badRequest("IMAGE_PROCESS_FAILED");
  const width = bytes.readUInt32BE(16);
  const height = bytes.readUInt32BE(20);
  const ratio = Math.max(width / height, height / width);
  if (width + height > 10_000 || ratio > 20) throw badRequest("PHOTO_INVALID_DIMENSIONS");
  return { width, height };
}
