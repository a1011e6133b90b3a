import type { styleText } from "node:util";
import { buttonTexts, type Change } from "./changes.ts";

/** Gives a text a colour, or leaves it as it is where there are none. */
export type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

const margin = "     ";

/** One change of the chat as lines for a terminal; `savedAt` is where the file of its message can be looked at. */
export function printed(change: Change, paint: Paint, savedAt?: string): string {
  if (change.kind === "deleted") return paint("dim", "(the bot deleted a message)");
  const { text, file, reactions } = change.message;
  if (change.kind === "reacted") {
    const about = safe(text).split("\n", 1)[0]?.slice(0, 40) ?? "";
    return paint("dim", `(${reactions.join("") || "no reaction"} on: ${about})`);
  }
  const buttons = buttonTexts(change.message).map((label, index) =>
    paint("cyan", `[${index + 1} ${safe(label)}]`),
  );
  const words = change.kind === "edited" ? difference(change.before.text, text) : text;
  const lines = [
    ...(file ? [paint("yellow", `[file ${safe(file.name)}, ${size(file.bytes.length)}]`)] : []),
    ...(file && savedAt !== undefined ? [paint("dim", `saved as ${savedAt}`)] : []),
    ...(words === "" ? [] : safe(words).split("\n")),
    ...(buttons.length > 0 ? [buttons.join(" ")] : []),
    ...(change.kind === "edited" ? [paint("dim", "(edited)")] : []),
  ];
  const [first = "", ...rest] = lines;
  const name = paint(["bold", "green"], "bot");
  return [`${name}  ${first}`, ...rest.map((line) => (line === "" ? "" : margin + line))].join(
    "\n",
  );
}

/** The new text, or only what was added at its end, since the rest still stands above. */
function difference(before: string, now: string): string {
  const isLonger = now.length > before.length && now.startsWith(before);
  return isLonger ? `… ${now.slice(before.length).trim()}` : now;
}

/** A terminal acts on control characters, and the text is the agent's. */
function safe(text: string): string {
  return text.replaceAll(/(?![\n\t])\p{Cc}/gu, "\u{fffd}");
}

function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
