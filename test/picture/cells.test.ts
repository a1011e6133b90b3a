import { test } from "tap";
import { readCells } from "../../src/picture/cells.ts";
import { wordsOf } from "../support/screen.ts";

const read = (text: string, width = 20, height = 3) =>
  readCells({ text, width, height, cursor: undefined });

test("each cell has its letters and how they look; colours run on into the next line", async (t) => {
  const [first = [], second = []] = await read(
    "\u001b[1;31mab\u001b[0;38;5;200;48;2;1;2;3mc\u001b[2;3;4;7;9m\nd\u001b[0me\n",
  );
  t.equal(first.length, 20);
  t.match(first[0], { letters: "a", isBold: true, text: { kind: "palette", value: 1 } });
  t.match(first[2], {
    letters: "c",
    isBold: false,
    text: { kind: "palette", value: 200 },
    back: { kind: "rgb", value: 0x010203 },
  });
  t.match(second[0], {
    letters: "d",
    isDim: true,
    isItalic: true,
    isUnderlined: true,
    isReversed: true,
    isStruck: true,
    text: { kind: "palette", value: 200 },
  });
  t.match(second[1], { letters: "e", isDim: false, text: { kind: "default" } });
  t.match(second[5], { letters: "", width: 1 });
});

test("wide, combining and joined characters take the cells that tmux gives them", async (t) => {
  const [row = []] = await read("日本e\u0301😀👨\u200d👩\u200d👧|⚠\ufe0f|\n");
  const shown = row.filter(({ letters }) => letters !== "");
  t.same(
    shown.map(({ letters, width }) => [letters, width]),
    [
      ["日", 2],
      ["本", 2],
      ["e\u0301", 1],
      ["😀", 2],
      ["👨\u200d👩\u200d👧", 2],
      ["|", 1],
      ["⚠\ufe0f", 1],
      ["|", 1],
    ],
  );
});

test("a line that is too long, or wider than tmux has it, moves no other", async (t) => {
  const grid = await read(`${"日".repeat(30)}\nsecond\nthird\nfourth\n`);
  t.equal(grid.length, 3);
  t.same(
    grid.slice(1).map((row) => wordsOf(row).trim()),
    ["second", "third"],
  );
});

test("line drawing of older programs is read as what it shows", async (t) => {
  const [row = []] = await read("\u000elqk\u000f lqk\n");
  t.equal(wordsOf(row).trim(), "┌─┐ lqk");
});

test("titles, links, questions and floods of marks do nothing but fill cells", async (t) => {
  const evil = [
    "\u001b]0;title\u0007\u001b]8;;https://evil.example\u001b\\link\u001b]8;;\u001b\\",
    "\u001b[6n\u001b[c\u001bPq#0;2;0;0;0\u001b\\ok",
    `a${"\u0301".repeat(5000)}b\u001b[?1049h\u001b[2J`,
  ];
  const grid = await read(`${evil.join("\n")}\n`, 20, 3);
  t.equal(grid.length, 3);
  t.ok(grid.every((row) => row.length === 20));
  t.notMatch(JSON.stringify(grid.map(wordsOf)), /evil|title/);
});
