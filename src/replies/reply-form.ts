import type { Readable } from "node:stream";
import { Refusal } from "../errors.ts";
import type { ByteBound } from "../outbox/byte-bound.ts";
import type { KeptFile, KeptFiles } from "../outbox/kept-files.ts";
import type { Upload } from "./said.ts";

/** Most bytes of a form's text, as many as of any other body. */
export const maxTextBytes = 1024 * 1024;

/** A part of a form as the parser gives it. */
export type FormPart =
  | { type: "field"; fieldname: string; value: unknown; valueTruncated: boolean }
  | { type: "file"; fieldname: string; filename?: string | undefined; file: Readable };

/** What a form is read into. */
export interface FormOptions {
  keptFiles: KeptFiles;
  bound: ByteBound;
  /** Gets the copy of each file before it is written, so that the caller can remove it. */
  copies: KeptFile[];
}

/**
 * Reads a form with one `text`, any number of files named `file` or `files`, of those to be shown named `photo`
 * or `photos`, and of buttons named `button` or `buttons`.
 * @throws Refusal for anything else in it, for what is empty, too large or not complete.
 */
export async function readForm(
  contentType: string | undefined,
  parts: () => AsyncIterable<FormPart>,
  { keptFiles, bound, copies }: FormOptions,
): Promise<{ text: string; files: Upload[]; photos: number[]; buttons?: string[] }> {
  if (!/;\s*boundary=("[^"]+"|[^\s";]+)/i.test(contentType ?? "")) {
    throw new Refusal(400, "The content type of the form names no boundary.");
  }
  let text: string | undefined;
  const files: Upload[] = [];
  const photos: number[] = [];
  const buttons: string[] = [];
  try {
    for await (const part of parts()) {
      if (part.type === "field") {
        const field = valueOf(part);
        if (/^buttons?$/.test(part.fieldname)) {
          buttons.push(field);
          continue;
        }
        if (part.fieldname !== "text") throw unknown();
        if (text !== undefined) throw new Refusal(400, "There is more than one text in the form.");
        text = field;
        continue;
      }
      const [, kind] = /^(file|photo)s?$/.exec(part.fieldname) ?? [];
      if (kind === undefined) throw unknown();
      if (kind === "photo") photos.push(files.length);
      const copy = await keptFiles.place(part.filename ?? "file");
      copy.isShown = kind === "photo";
      copies.push(copy);
      const digest = await keptFiles.fill(copy, part.file, bound);
      files.push({ name: part.filename ?? "", digest });
    }
  } catch (error) {
    throw isFaultOfForm(error)
      ? new Refusal(400, "The form is not complete.", { cause: error })
      : error;
  }
  return { text: text ?? "", files, photos, ...(buttons.length > 0 && { buttons }) };
}

function valueOf(part: FormPart & { type: "field" }): string {
  if (typeof part.value !== "string") throw unknown();
  if (part.valueTruncated) throw new Refusal(413, "The text is larger than 1 MB.");
  return part.value;
}

function unknown(): Refusal {
  return new Refusal(
    400,
    "A field of the form is not known: it may hold text, file, photo and button, the rest goes into the address.",
  );
}

/** The parser's own errors are bare; those of the disk and of the framework have a code. */
function isFaultOfForm(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof Refusal || error instanceof TypeError) {
    return false;
  }
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined || code.startsWith("ERR_STREAM");
}
