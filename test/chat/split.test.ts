import { test } from "tap";
import { maxTextLength, splitText } from "../../src/chat/split.ts";

const lengths = (text: string, limit?: number) =>
  splitText(text, limit).map(({ length }) => length);

test("a text is cut only where it must be", async (t) => {
  t.equal(maxTextLength, 4094, "room for the mark");
  for (const [length, parts] of [
    [1, [1]],
    [4094, [4094]],
    [4095, [4094, 1]],
    [8188, [4094, 4094]],
  ] as const) {
    const text = "x".repeat(length);
    t.same(lengths(text), parts);
    t.equal(splitText(text).join(""), text);
  }
});

test("cuts are at a blank line, else a line's end, else a space of the second half", async (t) => {
  const words = "aaaa bbbb cccc dddd";
  t.same(splitText(words, 12), ["aaaa bbbb ", "cccc dddd"]);
  t.same(splitText("aaaa bbbb\ncc dddd eeee", 16), ["aaaa bbbb\n", "cc dddd eeee"]);
  t.same(splitText("aaaaaaaa\n\nbb\ncc ddeeee", 16), ["aaaaaaaa\n\n", "bb\ncc ddeeee"]);
  t.same(
    splitText("a bbbbbbbbbbbbbb", 8),
    ["a bbbbbb", "bbbbbbbb"],
    "a space too near the start is no cut",
  );
});

test("no part ends or begins inside a surrogate pair", async (t) => {
  for (const text of ["🙂".repeat(3000), `x${"🙂".repeat(3000)}`]) {
    const parts = splitText(text);
    t.ok(parts.every((part) => part.isWellFormed() && part.length <= maxTextLength));
    t.equal(parts.join(""), text);
  }
  t.same(splitText("ab\ud83d"), ["ab\ufffd"], "half a pair cannot be sent as it is");
});

test("a text without anything to see has no parts", async (t) => {
  for (const text of ["", " ", "\n\n", "\t \r\n", " ".repeat(9000)]) t.same(splitText(text), []);
});

test("nothing is lost of any text but white space, and no part is too long", async (t) => {
  // A linear congruential generator, so that a failure comes back.
  let state = 7;
  const next = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const pieces = ["word", " ", "\n", "\n\n", "🙂", "é", "x".repeat(40), "    ", "ü", "a.b"];
  let blanks = 0;
  for (let run = 0; run < 400; run++) {
    const text = Array.from({ length: next(120) }, () => pieces[next(pieces.length)]).join("");
    const limit = 4 + next(60);
    const parts = splitText(text, limit);
    const isFine = parts.every(
      (part) => part.length <= limit && part.trim() !== "" && part.isWellFormed(),
    );
    if (!isFine) t.fail(`limit ${limit}: ${JSON.stringify(text)}`);
    const joined = parts.join("");
    if (joined !== text) blanks += 1;
    if (joined.replace(/\s/g, "") !== text.replace(/\s/g, "")) t.fail(JSON.stringify(text));
    const isInOrder = parts.reduce(
      (at, part) => (at < 0 ? at : text.indexOf(part, at) + part.length),
      0,
    );
    if (isInOrder < 0) t.fail(JSON.stringify(text));
  }
  t.ok(blanks < 400, "most come back to the letter");
});
