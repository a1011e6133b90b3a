// What `capture-pane -e` writes besides text: colours, line drawing, and links in tmux 3.4.
// oxlint-disable-next-line no-control-regex -- control characters are what is removed
const escapes = /\u001b\[[0-9;:]*m|\u001b\]8;[^\u0007\u001b]*(?:\u0007|\u001b\\)|[\u000e\u000f]/g;

/** The words of a captured pane as `capture-pane` gives them without `-e` and `-N`. */
export function plainText(styled: string): string {
  return styled
    .replaceAll(escapes, "")
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

/** The rows that a dialog of opencode's TUI (1.18.33) takes at the bottom, with their colours; none without one. */
export function dialogRows(styled: string): string[] {
  const rows = styled.split("\n").filter((row) => plainText(row) !== "");
  const isOutside = (row: string) => !plainText(row).startsWith("  ┃");
  const last = rows.findLastIndex((row) => !isOutside(row));
  if (last === -1) return [];
  return rows.slice(rows.findLastIndex((row, index) => index < last && isOutside(row)) + 1);
}

/**
 * Which of these words a dialog marks as chosen: the one whose background is not that of its row. Undefined
 * where that cannot be told.
 */
export function markedWord(rows: readonly string[], words: readonly string[]): string | undefined {
  // An agent's question may have any number of them.
  const known = new Set(words);
  const marked = rows.flatMap((row) => {
    const pieces = backgrounds(row);
    const bar = pieces.findIndex(({ text }) => text.includes("┃"));
    const usual = pieces[bar + 1]?.back;
    return pieces.flatMap(({ text, back }) => {
      const word = text.trim();
      return known.has(word) && back !== usual ? [word] : [];
    });
  });
  return marked.length === 1 ? marked[0] : undefined;
}

/** The pieces of a row between two changes of colour, with the background of each. */
function backgrounds(row: string): { text: string; back: string }[] {
  let back = "";
  // oxlint-disable-next-line no-control-regex -- it begins each change of colour
  const pieces = row.split(/\u001b\[([0-9;:]*)m/);
  return pieces.flatMap((piece, index) => {
    if (index % 2 === 0) return piece === "" ? [] : [{ text: piece, back }];
    const found = /(?:^|;)(4[0-9](?:;5;\d+|;2;\d+;\d+;\d+)?|10[0-7])(?:$|;)/.exec(piece);
    if (found?.[1] !== undefined) back = found[1];
    else if (piece === "" || piece === "0") back = "";
    return [];
  });
}
