import { test } from "tap";
import { codeBlock, joined, shortened } from "../../src/chat/formatted-text.ts";

test("texts are joined with what is formatted in each", async (t) => {
  t.same(joined("a 🙂\n", codeBlock("b"), "", codeBlock("cd")), {
    text: "a 🙂\nbcd",
    entities: [
      { type: "pre", offset: 5, length: 1 },
      { type: "pre", offset: 6, length: 2 },
    ],
  });
  t.same(joined(), { text: "", entities: [] });
});

test("a text that is too long is cut with a mark, never inside of a character", async (t) => {
  t.equal(shortened("short", 5), "short");
  t.equal(shortened("too long", 5), "too …");
  t.ok(shortened("🙂🙂🙂", 4).isWellFormed());
  t.ok(shortened("🙂🙂🙂", 4).length <= 4);
});
