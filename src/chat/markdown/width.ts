import { createRequire } from "node:module";

type StringWidth = (text: string) => number;

const load = createRequire(import.meta.url);
let measure: StringWidth | undefined;

/** Columns that a text on one line takes in a monospaced font. */
export function displayWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  // Loaded with the first text that needs it: 28 ms.
  measure ??= (load("string-width") as { default: StringWidth }).default;
  return measure(text);
}
