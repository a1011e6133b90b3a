import { test } from "tap";
import { codeBlock, type FormattedText, joined } from "../../../src/chat/formatted-text.ts";
import { renderMarkdown, splitFormatted } from "../../../src/chat/markdown/render.ts";
import { maxEntities } from "../../../src/chat/markdown/split.ts";
import { tapsIn } from "../../support/telegram-rules.ts";

const plain = (text: string): FormattedText => ({ text, entities: [] });
const textsOf = (whole: FormattedText, limit?: number) =>
  splitFormatted(whole, limit).map(({ text }) => text);
const codesOf = (parts: FormattedText[]) =>
  parts.flatMap(({ text, entities }) =>
    entities
      .filter(({ type }) => type === "pre")
      .map(({ offset, length }) => text.slice(offset, offset + length)),
  );

test("a text is cut only where it must be", async (t) => {
  const lengths = (length: number) => textsOf(plain("x".repeat(length))).map((text) => text.length);
  t.same(lengths(4094), [4094], "room for the mark of a repeat");
  t.same(lengths(4095), [4094, 1]);
  t.same(lengths(8188), [4094, 4094]);
  for (const text of ["", " \n ", "\u200b"]) t.same(splitFormatted(plain(text)), []);
});

test("a block that fits a message is not cut, nor is one word", async (t) => {
  const blocks = ["a".repeat(10), `${"b ".repeat(20)}b`, "c\nd"];
  t.same(textsOf(plain(blocks.join("\n\n")), 45), [
    blocks[0],
    `${blocks[1]}\n\n${blocks[2]}`.slice(0, 41),
    blocks[2],
  ]);
  t.same(textsOf(plain("one two. Three four five"), 20), ["one two. Three four", "five"]);
  t.same(textsOf(plain("one two three. Four five"), 20), ["one two three.", "Four five"]);
  t.same(textsOf(plain("one two\nthree four"), 12), ["one two", "three four"]);
  t.same(textsOf(plain("a".repeat(25)), 20), ["a".repeat(20), "a".repeat(5)]);
});

test("a word that is cut becomes no command", async (t) => {
  const parts = splitFormatted(renderMarkdown(`${"a".repeat(20)}/stop`), 20);
  t.same(
    parts.map(({ text }) => text),
    ["a".repeat(20), "/stop"],
  );
  t.same(parts.flatMap(tapsIn), []);
});

test("no character is cut", async (t) => {
  for (const character of ["🙂", "👩🏽‍💻", "e\u0301", "🇩🇪"]) {
    const parts = textsOf(plain(character.repeat(60)), 50);
    t.ok(
      parts.every((part) => part.length % character.length === 0),
      character,
    );
    t.equal(parts.join(""), character.repeat(60));
  }
});

test("code goes on with its language, at the end of a line", async (t) => {
  const lines = Array.from(
    { length: 400 },
    (_, line) => `  line(${line}); // ${"x".repeat(line % 40)}`,
  );
  lines[100] = "";
  const parts = splitFormatted(
    renderMarkdown(`Look:\n\n\`\`\`python\n${lines.join("\n")}\n\`\`\`\n\nDone.`),
  );
  t.ok(parts.length > 2);
  t.equal(codesOf(parts).join("\n"), lines.join("\n"), "byte for byte");
  for (const { entities } of parts) t.match(entities, [{ type: "pre", language: "python" }]);
});

test("code that fits a message comes in one", async (t) => {
  const code = "x = 1\n\n".repeat(500);
  const [before, after] = splitFormatted(joined("a".repeat(1000), "\n\n", codeBlock(code)));
  t.equal(before?.text, "a".repeat(1000));
  t.same(codesOf([after!]), [code.trimEnd()]);
});

test("no row of a table is cut", async (t) => {
  const cell = (row: number, words: number) => `r${row} ${"word ".repeat(words)}`.trim();
  for (const [words, count] of [
    [2, 300],
    [12, 300],
    [300, 20],
  ] as const) {
    const rows = Array.from({ length: count }, (_, row) => `| ${cell(row, words)} | ${row} |`);
    const parts = splitFormatted(renderMarkdown(`| what | n |\n|---|---|\n${rows.join("\n")}`));
    t.ok(parts.length > 1);
    const cut = rows.filter((_, row) => {
      const whole = new RegExp(`${cell(row, words)}(\\nn: | +)${row}(\\n|$)`);
      return !parts.some(({ text }) => whole.test(text));
    });
    t.same(cut, [], `${words} words`);
  }
});

test("a message has no more entities than Telegram keeps", async (t) => {
  const whole = renderMarkdown("`a` **b** [c](https://x.yz)\n".repeat(200));
  const parts = splitFormatted(whole);
  t.ok(parts.every(({ entities }) => entities.length <= maxEntities));
  t.equal(
    parts.reduce((sum, { entities }) => sum + entities.length, 0),
    whole.entities.length,
  );
});

test("what is one link or quote longer than a message stays one in each", async (t) => {
  const words = "word ".repeat(1200).trim();
  const linked = splitFormatted(renderMarkdown(`[${words}](https://x.yz)`));
  t.equal(linked.map(({ text }) => text).join(" "), words);
  t.match(linked, [{ entities: [{ type: "text_link" }] }, { entities: [{ type: "text_link" }] }]);
  const code = splitFormatted(renderMarkdown(`\`${"x".repeat(6000)}\``));
  t.same(
    code.map(({ text }) => text.length),
    [4094, 1906],
  );
  const quoted = splitFormatted(renderMarkdown(`> ${"word ".repeat(1200)}`));
  t.match(quoted[1]?.entities, [{ type: "expandable_blockquote", offset: 0 }]);
});
