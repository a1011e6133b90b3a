import { test } from "tap";
import { shortened, splitFormatted } from "../../src/chat/formatted-text.ts";

test("each part has its share of the formatting, and nothing is lost", async (t) => {
  const code = Array.from({ length: 40 }, (_, n) => `line ${n} 🙂`).join("\n");
  const text = `head\n${code}\ntail`;
  const entities = [{ type: "pre" as const, offset: 5, length: code.length }];
  const parts = splitFormatted({ text, entities }, 100);
  t.ok(parts.length > 3 && parts.every((part) => part.text.length <= 100));
  t.equal(parts.map((part) => part.text).join(""), text);
  const formatted = parts.map((part) =>
    part.entities.map(({ offset, length }) => part.text.slice(offset, offset + length)).join(""),
  );
  t.equal(formatted.join(""), code);
  t.same(splitFormatted({ text: "", entities: [] }, 100), [{ text: "", entities: [] }]);
});

test("a text that is too long is cut with a mark, never inside of a character", async (t) => {
  t.equal(shortened("short", 5), "short");
  t.equal(shortened("too long", 5), "too …");
  t.ok(shortened("🙂🙂🙂", 4).isWellFormed());
  t.ok(shortened("🙂🙂🙂", 4).length <= 4);
});
