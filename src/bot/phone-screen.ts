// Of boxes and rules alone: it says nothing, and a screen full of it hides the rest on a phone.
const frame = /^[\s\u2500-\u259F]*$/;
/** Spaces between what stands at both sides of a terminal, such as its side bar. */
const wideGap = /^ {40,}|(?<=\S) {20,}(?=\S)/g;

/**
 * A terminal's screen for a narrow one: without the lines that show frames alone, the indent that all lines
 * have, and wide gaps; of blank lines one is left. No word is left out.
 */
export function phoneScreen(screen: string): string {
  const lines = screen
    .split("\n")
    .map((line) => (frame.test(line) ? "" : line.trimEnd().replaceAll(wideGap, "  ")))
    .filter((line, index, all) => line !== "" || (all[index - 1] ?? "") !== "");
  const indents = lines.filter((line) => line !== "").map((line) => line.search(/[^ ]/));
  const indent = Math.min(...indents);
  return lines
    .map((line) => line.slice(indent))
    .join("\n")
    .replace(/^\n+|\n+$/g, "");
}
