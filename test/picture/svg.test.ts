import { test } from "tap";
import { readCells } from "../../src/picture/cells.ts";
import { cellHeight, drawRow, drawSvg } from "../../src/picture/svg.ts";

/** The first row of a captured text as SVG. */
async function drawn(text: string, cursorX?: number): Promise<string> {
  const [row = []] = await readCells({ text, width: 40, height: 1, cursor: undefined });
  return drawRow(row, cursorX);
}

const place = (column: number) => `x="${column * 10}"`;

test("words are drawn at their cells, in their colours", async (t) => {
  const svg = await drawn(
    "ab cd\u001b[31m red\u001b[38;5;46m cube\u001b[38;5;244m grey\u001b[38;2;1;2;3m true",
  );
  for (const [column, word, fill] of [
    [0, "ab", "#e6e6e6"],
    [3, "cd", "#e6e6e6"],
    [6, "red", "#cd0000"],
    [10, "cube", "#00ff00"],
    [15, "grey", "#808080"],
    [20, "true", "#010203"],
  ] as const) {
    t.match(svg, new RegExp(`<text ${place(column)} y="15" fill="${fill}">${word}</text>`));
  }
});

test("bold, italic, dim, lines, and what is behind letters", async (t) => {
  t.match(await drawn("\u001b[1;3mx"), /font-weight="bold" font-style="italic">x</);
  t.match(await drawn("\u001b[2;38;2;255;255;255mx"), /fill="#898989">x</, "half way to the back");
  const lines = await drawn(" \u001b[4;9mxy");
  t.match(lines, `<rect x="10" y="17" width="20" height="1" fill="#e6e6e6"/>`);
  t.match(lines, `<rect x="10" y="10" width="20" height="1" fill="#e6e6e6"/>`);
  t.match(
    await drawn("\u001b[44m  "),
    `<rect x="0" y="0" width="20" height="${cellHeight}" fill="#3b78ff"/>`,
  );
  t.match(await drawn("\u001b[7mx"), /<rect [^>]*fill="#e6e6e6"\/><text [^>]*fill="#121212">x</);
  t.notMatch(await drawn("\u001b[8mx"), "<text", "hidden");
});

test("the cursor is the cell turned around, also where nothing is written", async (t) => {
  t.match(await drawn("ab", 1), /<rect x="10" [^>]*fill="#e6e6e6"\/>.*fill="#121212">b</);
  t.match(await drawn("ab", 5), `<rect x="50" y="0" width="10"`);
});

test("each wide, joined or right-to-left character stands in its own cell", async (t) => {
  const svg = await drawn("日本 שלום 👨\u200d👩|⣿⣿");
  const texts = [...svg.matchAll(/<text x="(\d+)"[^>]*>([^<]*)</g)].map(([, x, word]) => [x, word]);
  t.same(texts, [
    ["0", "日"],
    ["20", "本"],
    ["50", "ש"],
    ["60", "ל"],
    ["70", "ו"],
    ["80", "ם"],
    ["100", "👨\u200d👩"],
    ["120", "|"],
    ["130", "⣿"],
    ["140", "⣿"],
  ]);
});

test("nothing that is written becomes a part of the picture's own text", async (t) => {
  const svg = await drawn(`<&>"' </text><image href="x"/>\u202e`);
  t.notMatch(svg, "<image");
  t.match(svg, "&lt;&amp;&gt;");
  t.notMatch(svg, "\u202e");
  // oxlint-disable-next-line no-control-regex -- XML holds none of them
  t.notMatch(await drawn("a\ufffe\uffff\u200fb"), /[\u0000-\u001f\ufffe\uffff\u200f]/);
});

test("rows are put one below the other", async (t) => {
  const svg = drawSvg(["<a/>", "<b/>"], 4, 30);
  t.match(svg, /^<svg [^>]*width="40" height="60"/);
  t.match(svg, `<g transform="translate(0 0)"><a/></g><g transform="translate(0 30)"><b/></g>`);
});
