import { entitiesFrom, type Paint, styledLines } from "./styled.ts";
import { buttonTexts, type Change } from "./changes.ts";

const margin = "     ";

/** One change of the chat as lines for a terminal; `savedAt` is where the file of its message can be looked at. */
export function printed(change: Change, paint: Paint, savedAt?: string): string {
  if (change.kind === "deleted") return paint("dim", "(the bot deleted a message)");
  const { text, entities, file, reactions } = change.message;
  if (change.kind === "reacted") {
    const about = safe(text).split("\n", 1)[0]?.slice(0, 40) ?? "";
    return paint("dim", `(${reactions.join("") || "no reaction"} on: ${about})`);
  }
  const buttons = buttonTexts(change.message).map((label, index) =>
    paint("cyan", `[${index + 1} ${safe(label)}]`),
  );
  // What is added at the end; the rest still stands above.
  const from = change.kind === "edited" ? commonLength(change.before.text, text) : 0;
  const words = styledLines(safe(text.slice(from)), entitiesFrom(entities, from), paint);
  if (from > 0) words[0] = `… ${words[0] ?? ""}`;
  const lines = [
    ...(file ? [paint("yellow", `[file ${safe(file.name)}, ${size(file.bytes.length)}]`)] : []),
    ...(file && savedAt !== undefined ? [paint("dim", `saved as ${savedAt}`)] : []),
    ...(text === "" ? [] : words),
    ...(buttons.length > 0 ? [buttons.join(" ")] : []),
    ...(change.kind === "edited" ? [paint("dim", "(edited)")] : []),
  ];
  const [first = "", ...rest] = lines;
  const name = paint(["bold", "green"], "bot");
  return [`${name}  ${first}`, ...rest.map((line) => (line === "" ? "" : margin + line))].join(
    "\n",
  );
}

/** Where in the new text begins what was added at its end; 0 where something else has changed. */
function commonLength(before: string, now: string): number {
  const isLonger = now.length > before.length && now.startsWith(before);
  if (!isLonger) return 0;
  const added = now.slice(before.length);
  return before.length + added.length - added.trimStart().length;
}

/** A terminal acts on control characters, and the text is the agent's. */
function safe(text: string): string {
  return text.replaceAll(/(?![\n\t])\p{Cc}/gu, "\u{fffd}");
}

function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
