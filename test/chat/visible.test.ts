import { test } from "tap";
import { joined } from "../../src/chat/formatted-text.ts";
import { splitFormatted } from "../../src/chat/markdown/split.ts";
import { isVisible } from "../../src/chat/visible.ts";

const invisible = [
  "",
  " \n\t",
  "\u200b",
  "\u2060",
  "\u3164",
  "\u2800",
  "\ufeff\u00ad",
  "\u202e\u2066",
  "\u0007",
  "\ufe0f",
  "\u{1d159}",
  "\u{16fe4}",
  "\uffff",
  "\u{e0001}\u{e007f}",
];

test("a text in which a reader sees nothing is empty, whatever is in it", async (t) => {
  for (const text of [...invisible, invisible.join("")])
    t.notOk(isVisible(text), JSON.stringify(text));
  for (const text of ["a", "\u200b.", "🙂", "ㅤx", "—", "\u0301a", "日"]) t.ok(isVisible(text), text);
});

test("a part of a long text that is empty is left out", async (t) => {
  const text = `${"a".repeat(10)}${"\u200b".repeat(10)}${"b".repeat(10)}`;
  t.same(splitFormatted(joined(text), 10), [joined("a".repeat(10)), joined("b".repeat(10))]);
});
