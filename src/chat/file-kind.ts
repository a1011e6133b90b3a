import { type FileHandle, open } from "node:fs/promises";
import { imageSize, type ReadAt, sizedImage } from "./image-size.ts";

/** Most bytes that are read from the beginning of a file. */
const headBytes = 64 * 1024;

/** What a file is, by its content; its name says nothing. */
export interface FileKind {
  kind: "image" | "pdf" | "text" | "audio" | "video" | "other";
  /** Without parameters; `application/octet-stream` for what is not known, or empty. */
  mime: string;
  /** The usual ending of such a file, without the dot, where there is one. */
  extension?: string;
  /** In pixels: always known of PNG, JPEG, GIF and WebP, never of another format. */
  width?: number;
  height?: number;
}

const unknown: FileKind = { kind: "other", mime: "application/octet-stream" };

/** What the file at a path is; see `kindOfOpen`. */
export async function kindOfFile(path: string): Promise<FileKind> {
  const file = await open(path);
  try {
    return await kindOfOpen(file);
  } finally {
    await file.close();
  }
}

/** What an open file is, from its first 64 kB and the headers of its picture; nothing is decoded. */
export async function kindOfOpen(file: FileHandle): Promise<FileKind> {
  return kindOf(async (position, length) => {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, position);
    return buffer.subarray(0, bytesRead);
  });
}

/** What a file with these bytes is. */
export function kindOfBytes(bytes: Uint8Array): Promise<FileKind> {
  return kindOf(async (position, length) => bytes.subarray(position, position + length));
}

/**
 * What a file is. A picture with an invalid or incomplete header is `other`: it only claims to be a picture. A
 * text is valid UTF-8 without NUL.
 */
async function kindOf(read: ReadAt): Promise<FileKind> {
  const head = await read(0, headBytes);
  if (head.length === 0) return unknown;
  if (startsWith(head, "%PDF-")) return { kind: "pdf", mime: "application/pdf", extension: "pdf" };
  // Before the library, which takes a text that begins with "BM" for a picture.
  const text = textOf(head);
  if (text !== undefined) return kindOfText(text);
  const mime = sizedImage(head);
  if (!mime) return kindByLibrary(head);
  const size = await imageSize(mime, (position, length) =>
    position + length <= head.length
      ? Promise.resolve(head.subarray(position, position + length))
      : read(position, length),
  );
  return size ? { kind: "image", mime, extension: extensions[mime], ...size } : unknown;
}

const extensions = {
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/gif": "gif",
  "image/webp": "webp",
};

async function kindByLibrary(head: Uint8Array): Promise<FileKind> {
  // At first use: most processes never see a file.
  const { fileTypeFromBuffer } = await import("file-type");
  const found = await fileTypeFromBuffer(head).catch(() => undefined);
  // The picture in front of the sound may be longer than what was read.
  if (!found) return startsWith(head, "ID3") ? mp3 : unknown;
  const mime = found.mime.split(";", 1)[0] ?? found.mime;
  const extension = found.ext;
  const [family] = mime.split("/", 1);
  const isMedia = family === "image" || family === "audio" || family === "video";
  return { kind: isMedia ? family : "other", mime, extension };
}

const mp3: FileKind = { kind: "audio", mime: "audio/mpeg", extension: "mp3" };

/** The text that the first bytes hold; undefined when they are not text. */
function textOf(head: Uint8Array): string | undefined {
  if (head.includes(0)) return undefined;
  try {
    // What was cut off in the middle of a character is no fault of it.
    return new TextDecoder("utf-8", { fatal: true }).decode(head, {
      stream: head.length === headBytes,
    });
  } catch {
    return undefined;
  }
}

function kindOfText(text: string): FileKind {
  const isOf = (mime: string, extension: string): FileKind => ({ kind: "text", mime, extension });
  const root = withoutProlog(text);
  if (/^<svg[\s>]/i.test(root)) return isOf("image/svg+xml", "svg");
  if (/^<(?:!doctype\s+html|html|head|body)[\s>]/i.test(root)) return isOf("text/html", "html");
  if (/^\s*<\?xml\s/.test(text)) return isOf("application/xml", "xml");
  return isOf("text/plain", "txt");
}

/** A document from its root element on, or from the doctype of HTML. */
function withoutProlog(text: string): string {
  let rest = text.trimStart();
  for (;;) {
    const end = /^<!doctype\s+svg\b/i.test(rest)
      ? endOf(rest, ">")
      : rest.startsWith("<!--")
        ? endOf(rest, "-->")
        : rest.startsWith("<?")
          ? endOf(rest, "?>")
          : 0;
    if (end === 0) return rest;
    rest = rest.slice(end).trimStart();
  }
}

function endOf(text: string, mark: string): number {
  const found = text.indexOf(mark);
  return found === -1 ? 0 : found + mark.length;
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  return Buffer.from(bytes.subarray(0, text.length)).toString("latin1") === text;
}
