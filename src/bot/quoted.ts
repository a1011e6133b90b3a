import { shortened } from "../chat/formatted-text.ts";
import { onOneLine } from "../chat/hidden.ts";

const longest = 40;

/** What an operator wrote, as an answer repeats it: shortened, on one line, and with nothing hidden in it. */
export function quoted(written: string): string {
  return shortened(onOneLine(written.slice(0, 2 * longest)), longest);
}
