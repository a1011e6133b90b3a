import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { replaceFile } from "./write-file.ts";

/** The file that a new `.env` is made from. */
export const exampleEnvFile = join(import.meta.dirname, "..", ".env.example");

/**
 * The variables of an env file, as Node's `--env-file` reads them; none when the file is not there.
 * @throws what the system says of a file that cannot be read.
 */
export function readEnvFile(path: string): Record<string, string> {
  return valuesIn(textOf(path) ?? "");
}

/**
 * Sets variables in an env file and leaves everything else as it is, comments and order included. A
 * variable that is undefined becomes empty, which counts as unset. A file that is not there is made from
 * `.env.example`. Afterwards only its owner can read it. A file that would not change is not written.
 * @throws RangeError for a value that no env file can hold; what the system says.
 */
export function setInEnvFile(path: string, changes: Record<string, string | undefined>): void {
  const text = textOf(path);
  const before = text ?? readFileSync(exampleEnvFile, "utf8");
  const after = withValues(before, changes);
  if (text === after) chmodSync(path, 0o600);
  else replaceFile(path, after, 0o600);
}

/** The text of an env file with these variables set. @throws RangeError as `setInEnvFile` does. */
export function withValues(text: string, changes: Record<string, string | undefined>): string {
  const expected = valuesIn(text);
  let changed = text;
  for (const [name, value = ""] of Object.entries(changes)) {
    if ((expected[name] ?? "") === value) continue;
    changed = withValue(changed, name, value);
    expected[name] = value;
  }
  // Node's reader has rules of its own for quotes; a file that it reads otherwise would be a trap.
  const isRead = Object.entries(expected).every(
    ([name, value]) => valuesIn(changed)[name] === value,
  );
  if (!isRead)
    throw new RangeError("the env file has quotes that cannot be kept; correct it first");
  return changed;
}

function withValue(text: string, name: string, value: string): string {
  const line = `${name}=${quoted(name, value)}`;
  // The last one counts.
  const set = assignments(text).findLast((one) => one.name === name);
  if (set) return text.slice(0, set.start) + line + text.slice(set.end);
  const example = new RegExp(`^#${name}=.*$`, "m").exec(text);
  if (example) {
    return text.slice(0, example.index) + line + text.slice(example.index + example[0].length);
  }
  const end = text === "" || text.endsWith("\n") ? "" : "\n";
  return `${text}${end}${line}\n`;
}

/** The assignments of a text. A value in quotes may go over several lines. */
function assignments(text: string): { name: string; start: number; end: number }[] {
  const assignment =
    /^[ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*=[ \t]*(?:"[^"]*"|'[^']*'|`[^`]*`)?[^\n]*/gm;
  return [...text.matchAll(assignment)].map(({ 0: whole, 1: name = "", index }) => ({
    name,
    start: index,
    end: index + whole.length,
  }));
}

function quoted(name: string, value: string): string {
  if (/^[\w.:/@%,+~=-]*$/.test(value)) return value;
  const quote = ["'", '"', "`"].find((one) => !value.includes(one));
  // Node turns \n in double quotes into a line break.
  const isLost = /[\n\r\0]/.test(value) || (quote === '"' && value.includes("\\n"));
  if (quote === undefined || isLost)
    throw new RangeError(`${name} has a value no env file can hold`);
  return quote + value + quote;
}

function valuesIn(text: string): Record<string, string> {
  return parseEnv(text) as Record<string, string>;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
