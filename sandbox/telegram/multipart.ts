/** A file part of a `multipart/form-data` body. */
export interface UploadedFile {
  name: string;
  bytes: Buffer;
}

/** A decoded form: text fields and files, both by field name. */
export interface Form {
  fields: Record<string, string>;
  files: Map<string, UploadedFile>;
}

/**
 * Decodes a complete `multipart/form-data` body. File names may stand unquoted, spaces and
 * non-ASCII letters included, because that is how grammY 1.46 writes them and Telegram reads them.
 * Throws when the body is not of that form.
 */
export function parseMultipart(body: Buffer, boundary: string): Form {
  const form: Form = { fields: {}, files: new Map() };
  const delimiter = `\r\n--${boundary}`;
  const framed = Buffer.concat([Buffer.from("\r\n"), body]);
  let start = framed.indexOf(delimiter);
  for (;;) {
    if (start < 0) throw new Error("multipart body has no closing boundary");
    start += delimiter.length;
    if (framed.toString("latin1", start, start + 2) === "--") return form;
    const end = framed.indexOf(delimiter, start);
    if (end < 0) throw new Error("multipart body is cut off");
    addPart(form, framed.subarray(start + 2, end));
    start = end;
  }
}

function addPart(form: Form, part: Buffer) {
  const headersEnd = part.indexOf("\r\n\r\n");
  if (headersEnd < 0) throw new Error("multipart part has no header");
  const disposition = part
    .toString("utf8", 0, headersEnd)
    .split("\r\n")
    .find((line) => /^content-disposition:/i.test(line));
  const name = disposition && parameter(disposition, "name");
  if (!disposition || name === undefined) throw new Error("multipart part has no name");
  const bytes = Buffer.from(part.subarray(headersEnd + 4));
  const filename = parameter(disposition, "filename");
  if (filename === undefined) form.fields[name] = bytes.toString("utf8");
  else form.files.set(name, { name: filename, bytes });
}

function parameter(header: string, name: string): string | undefined {
  const match = new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^;]*))`, "i").exec(header);
  return match?.[1]?.replaceAll(/\\(.)/g, "$1") ?? match?.[2]?.trim();
}
