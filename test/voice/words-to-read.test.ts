import { test } from "tap";
import { renderMarkdown, splitFormatted } from "../../src/chat/markdown/render.ts";
import { wordsToRead } from "../../src/voice/words-to-read.ts";

const read = (markdown: string) => wordsToRead(splitFormatted(renderMarkdown(markdown), 4000));

test("prose is read, without blocks of code and tables", async (t) => {
  t.equal(
    read(
      "**Done.** See `a.ts`:\n\n```ts\nconst a = 1;\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nTests pass.",
    ),
    "Done. See a.ts:\n\nTests pass.",
  );
  t.equal(read("```\nls\n```"), "", "nothing is left of code alone");
  t.equal(read("✅ 👍"), "", "nor of emoji");
  t.equal(wordsToRead([]), "");
});

test("an address is read as its host", async (t) => {
  t.equal(
    read("Look at https://www.example.com/a/b?c=d#e and [the log](https://example.org/x)."),
    "Look at example.com and the log.",
  );
});

test("of long words the beginning is read, up to the end of a sentence", async (t) => {
  const words = read("This is one sentence of many. ".repeat(100));
  t.ok(words.length <= 1500 && words.length > 1400, `${words.length}`);
  t.match(words, /many\.$/);
  const one = read("word ".repeat(1000));
  t.ok(one.length <= 1500 && one.length > 1490);
  t.equal(read("😀".repeat(1000) + "a").isWellFormed(), true);
  t.equal(read("x".repeat(9000)).length, 1500);
});
