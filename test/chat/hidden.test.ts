import { test } from "tap";
import { codeWithHiddenShown, onOneLine, withHiddenShown } from "../../src/chat/hidden.ts";

test("every character that is not drawn, or moves others, is shown by its number", async (t) => {
  // C0 and C1 controls, CR, soft hyphen, zero width, marks and overrides of direction, fillers, tags,
  // variation selectors, the blank Braille pattern, the null notehead, the Khitan filler, a lone surrogate,
  // private use, what is no character; and marks that Telegram drops.
  const points = [
    0, 7, 0x0d, 0x1b, 0x7f, 0x9b, 0xad, 0x30a, 0x333, 0x33f, 0x34f, 0x61c, 0x115f, 0x200b, 0x200c,
    0x200d, 0x200e, 0x2028, 0x202a, 0x202e, 0x2060, 0x2066, 0x2069, 0x2800, 0x3164, 0xd800, 0xfe0f,
    0xfeff, 0xffa0, 0x1d159, 0x16fe4, 0xe0041, 0xe0100, 0xe000, 0xfdd0, 0xffff, 0xf0000, 0x10ffff,
  ];
  for (const point of points) {
    const raw = `a${String.fromCodePoint(point)}b`;
    t.equal(withHiddenShown(raw), `a\\u{${point.toString(16)}}b`, point.toString(16));
  }
});

test("what people write stays, and emoji are not cut up", async (t) => {
  const words = "a b\nÄ → 日本　語 שלום مرحبا é 👩🏽‍💻 ❤️ 🏳️‍🌈 1️\u20e3 x";
  t.equal(withHiddenShown(words), words.replace("1️\u20e3", "1\\u{fe0f}\u20e3"));
  t.equal(withHiddenShown("❤\uFE0F\uFE0F\uFE0F"), "❤\uFE0F\\u{fe0f}\\u{fe0f}", "one is enough");
  t.equal(withHiddenShown("a\tb"), "a    b");
});

test("code shows spaces that a shell takes for letters, and one line stays one", async (t) => {
  t.equal(codeWithHiddenShown("rm\u00a0-rf\u3000/ x\n"), "rm\\u{a0}-rf\\u{3000}/ x\n");
  t.equal(onOneLine("a\nb\r\nc\u00a0d"), "a\\u{a}b\\u{d}\\u{a}c\u00a0d");
});
