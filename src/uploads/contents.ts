import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { relative } from "node:path";
import type { StartedAgent } from "../agents/agents.ts";
import { type FileKind, kindOfBytes, kindOfOpen } from "../chat/file-kind.ts";
import { isWithin } from "../folder.ts";
import type { PostedFile } from "../opencode/client.ts";
import type { FilePart, PromptPart } from "../prompts/part.ts";
import { apart } from "../chat/pieces.ts";

/** What a model is shown besides text. */
export interface Reads {
  image: boolean;
  pdf: boolean;
}

/** Why a file that a model could be shown is handed on as a path. */
export type AsPath = "model" | "pixels" | "bytes" | "format" | "encrypted";

/** A prompt in the form in which opencode gets it. */
export interface PromptContent {
  text: string;
  files: PostedFile[];
  /** Pictures and PDFs that the model is not shown: it gets only their paths. */
  asPath: { file: FilePart; why: AsPath }[];
}

// The formats of opencode 1.18; another one breaks the session for good.
const shownImages = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);
// opencode needs 4 bytes and more for each pixel of a picture that it makes smaller.
const mostPixels = 50_000_000;
// No provider reads an encrypted PDF: each refuses it, and with it every later prompt of the session. The dictionary
// that says so is itself never compressed (PDF 1.7, 7.5.5 and 7.5.8).
const encrypted = "/Encrypt";
/** Most bytes of one file that a model is shown, and of all files of a prompt. */
const mostShownBytes = 20 * 1024 * 1024;
/** Most bytes of a text file that is put into the prompt itself, and of all of them. */
const mostTextBytes = 100_000;
const mostTextBytesInAll = 200_000;

/**
 * Reads the parts of a prompt in the form in which opencode gets them. The type of a file is read from its content,
 * never from its name.
 */
export async function contentOf(
  { directory }: Pick<StartedAgent, "directory">,
  parts: readonly PromptPart[],
  reads: Reads,
): Promise<PromptContent> {
  const content: PromptContent = { text: "", files: [], asPath: [] };
  const left = { shown: mostShownBytes, text: mostTextBytesInAll };
  let before = "";
  for (const part of parts) {
    if (part.kind === "text") {
      content.text += content.text === "" ? part.text : apart + part.text;
      before = apart;
      continue;
    }
    const read = await readFile(part, { directory, reads, left });
    content.text += `${content.text === "" ? "" : before}${read.line}`;
    before = "\n";
    if (read.posted) content.files.push(read.posted);
    if (read.why) content.asPath.push({ file: part, why: read.why });
  }
  return content;
}

interface Read {
  /** What the prompt's text says of it. */
  line: string;
  posted?: PostedFile;
  why?: AsPath;
}

interface Circumstances {
  directory: string;
  reads: Reads;
  /** Bytes that may still be posted; each file that is read reduces them. */
  left: { shown: number; text: number };
}

async function readFile(part: FilePart, { directory, reads, left }: Circumstances): Promise<Read> {
  const { name, path, state } = part;
  if (state !== "saved" || path === undefined) {
    return { line: `File \`${name}\`: it could not be received from Telegram.` };
  }
  const shown = isWithin(path, directory) ? relative(directory, path) : path;
  const file = await openPlain(path);
  if (!file) return { line: `File \`${shown}\`: it is not there any more.` };
  try {
    const { size } = await file.stat();
    const kind = await kindOfOpen(file);
    const line = `File \`${shown}\``;
    const facts = `${line} (${kind.mime}, ${size} bytes)`;
    if (kind.kind === "text" && size <= Math.min(mostTextBytes, left.text)) {
      const text = decoded(await bytesOf(file, size));
      if (text === undefined) return { line: facts };
      left.text -= size;
      return { line: `${line}:\n${fenced(text)}` };
    }
    const why = whyNotShown(kind, size, { reads, left });
    if (why === undefined) return { line: facts };
    if (why !== "shown") return { line: facts, why };
    const bytes = await bytesOf(file, size);
    // Its agent may have written to it since.
    const { mime, ...now } = await kindOfBytes(bytes);
    if (whyNotShown({ mime, ...now }, bytes.length, { reads, left }) !== "shown") {
      return { line: facts };
    }
    if (mime === "application/pdf" && bytes.includes(encrypted)) {
      return { line: facts, why: "encrypted" };
    }
    left.shown -= bytes.length;
    const url = `data:${mime};base64,${bytes.toString("base64")}`;
    const posted = { partId: part.partId, mime, filename: name, url };
    return { line: `${line} (attached)`, posted };
  } finally {
    await file.close();
  }
}

/** `shown`, or why the model is not shown a file; undefined for kinds that no model is shown. */
function whyNotShown(
  { kind, mime, width = 0, height = 0 }: FileKind,
  size: number,
  { reads, left }: Pick<Circumstances, "reads" | "left">,
): AsPath | "shown" | undefined {
  if (kind !== "image" && kind !== "pdf") return undefined;
  if (kind === "image" && !shownImages.has(mime)) return "format";
  // Each side is checked on its own, since a header may claim anything, also a side of 0.
  if (kind === "image" && (width < 1 || height < 1)) return "format";
  if (kind === "image" && width * height > mostPixels) return "pixels";
  if (!reads[kind]) return "model";
  return size > left.shown ? "bytes" : "shown";
}

/** Opens a regular file; undefined for anything else, also for a link, which the agent may have put there. */
async function openPlain(path: string): Promise<FileHandle | undefined> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(path, flags).catch(() => undefined);
  if (!file) return undefined;
  if ((await file.stat()).isFile()) return file;
  await file.close();
  return undefined;
}

/** What is in a file; at most `size` bytes of it, though it may grow while it is read. */
async function bytesOf(file: FileHandle, size: number): Promise<Buffer> {
  const bytes = Buffer.alloc(size);
  let length = 0;
  while (length < size) {
    const { bytesRead } = await file.read(bytes, length, size - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return bytes.subarray(0, length);
}

/** The whole text of a file; undefined when it is not text in UTF-8. */
function decoded(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return text.includes("\0") ? undefined : text;
  } catch {
    return undefined;
  }
}

/** A text in a code block, whose fence is longer than every run of backticks in it. */
function fenced(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(Math.max(3, longest + 1));
  return `${fence}\n${text}${text.endsWith("\n") ? "" : "\n"}${fence}`;
}
