import { test } from "tap";
import type { FormattedText } from "../../../src/chat/formatted-text.ts";
import { renderMarkdown, renderPlain } from "../../../src/chat/markdown/render.ts";
import { faultsOf } from "../../support/telegram-rules.ts";

/** The text, and its entities as `type: what it is on`, links and code with their detail. */
function shown(markdown: string): { text: string; marks: string[] } {
  const rendered: FormattedText = renderMarkdown(markdown);
  const marks = rendered.entities.map((entity) => {
    const detail =
      entity.type === "text_link"
        ? ` ${entity.url}`
        : entity.type === "pre"
          ? ` ${entity.language ?? ""}`
          : "";
    const { offset, length } = entity;
    return `${entity.type}${detail}: ${rendered.text.slice(offset, offset + length)}`;
  });
  return { text: rendered.text, marks };
}

const textOf = (markdown: string) => shown(markdown).text;
const marksOf = (markdown: string) => shown(markdown).marks;

test("a plain sentence comes as it would among others that need to be parsed", async (t) => {
  for (const line of [
    "The build is green again.",
    "Done - 3 (of 4) files, 75% of them; is that enough?",
    "a",
    "Look at src, main.ts and example.com.",
    "1. no item! 2) - neither, but the first is",
    "Say 'no' or \"yes\"...  then -- wait",
    "Zeile mit Umläuten: äöü, und 日本語。",
    "Call 1234567890123 or 10.0.0.1 now",
    "no line end behind it   ",
  ]) {
    const { text, entities } = renderMarkdown(line);
    const among = renderMarkdown(`${line}\n\n**end**`);
    const bold = { type: "bold", offset: text.length + 2, length: 3 };
    t.same(among, { text: `${text}\n\nend`, entities: [...entities, bold] }, line);
  }
});

test("running text has its styles, and code only that of code", async (t) => {
  t.same(shown("Some **bold**, _italic_ and ~~gone~~ text."), {
    text: "Some bold, italic and gone text.",
    marks: ["bold: bold", "italic: italic", "strikethrough: gone"],
  });
  t.same(marksOf("**run `make all` now**"), ["bold: run ", "code: make all", "bold:  now"]);
  t.same(marksOf("***a** b*"), ["italic: a b", "bold: a"]);
  t.same(marksOf("**a **b** c**").length, 1, "bold in bold is bold");
  t.same(shown("set my_var_name and other_var"), {
    text: "set my_var_name and other_var",
    marks: [],
  });
  const { entities } = renderMarkdown("Привет 😀 **мир**");
  t.same(entities, [{ type: "bold", offset: 10, length: 3 }], "in UTF-16 units");
});

test("headings are bold and stay with what they are about", async (t) => {
  t.same(shown("# One\n\ntext\n\n## Two `x`\n\nmore"), {
    text: "One\ntext\n\nTwo x\nmore",
    marks: ["underline: One", "bold: One", "bold: Two ", "code: x"],
  });
});

test("lists have bullets by level, numbers and check marks", async (t) => {
  t.equal(textOf("- a\n  - b\n    - c\n- d"), "• a\n\u2003◦ b\n\u2003\u2003▪ c\n• d");
  t.equal(textOf("3. a\n4. b\n   more\n\nend"), "3. a\n4. b\n\u2003more\n\nend");
  t.equal(textOf("- [x] one\n- [ ] two\n1. [X] three"), "☑ one\n☐ two\n\n1. ☑ three");
  t.same(shown("```\n- [x] one\n```"), { text: "- [x] one", marks: ["pre : - [x] one"] });
});

test("a quote is a quote, folded when it is long, and one inside of it is marked", async (t) => {
  t.same(shown("> a\n> b\n\nc"), { text: "a\nb\n\nc", marks: ["blockquote: a\nb"] });
  t.same(marksOf("> a\n> > b"), ["blockquote: a\n\n> b"]);
  const long = "word ".repeat(200).trim();
  t.same(marksOf(`> ${long}`), [`expandable_blockquote: ${long}`]);
  t.same(marksOf("> ```js\n> x\n> ```"), ["blockquote: x", "pre js: x"], "code in a quote");
});

test("code keeps its language and every character, but tabs and what is no character", async (t) => {
  const code = "  if (a < b && *c) {\n\n    return `x`; // **no** _marks_\n  }";
  t.same(shown(`\`\`\`ts\n${code}\n\`\`\``), { text: code, marks: [`pre ts: ${code}`] });
  t.same(marksOf("```ts src/a.ts\nx\n```"), ["code: src/a.ts", "pre ts: x"], "a file's name");
  t.same(marksOf("```src/a.ts\nx\n```"), ["code: src/a.ts", "pre : x"]);
  t.same(marksOf("```py\nprint(1)"), ["pre py: print(1)"], "it was cut off");
  t.equal(textOf("```make\nall:\n\tcc x.c\n```"), "all:\n    cc x.c");
  t.equal(textOf("- a\n  ```\n  x\n    y\n  ```\n- b"), "• a\nx\n  y\n\n• b");
});

test("a link is one where Telegram takes it, and shows its target where not", async (t) => {
  t.same(shown("[docs](https://example.com/a?b=c)"), {
    text: "docs",
    marks: ["text_link https://example.com/a?b=c: docs"],
  });
  t.equal(textOf("[open](javascript:alert(1))"), "open (javascript:alert(1))");
  t.equal(textOf("[doc](#top)"), "doc (#top)");
  t.equal(textOf("[dev](http://localhost:3000)"), "dev (http://localhost:3000)");
  t.equal(textOf("http://localhost:8080/x"), "http://localhost:8080/x", "once");
  t.same(shown("see https://example.com/_a_/b."), {
    text: "see https://example.com/_a_/b.",
    marks: ["text_link https://example.com/_a_/b: https://example.com/_a_/b"],
  });
  t.equal(textOf("[mail](mailto:a@b.co) <c@d.co>"), "mail (a@b.co) c@d.co");
  t.same(marksOf("**a [b](https://x.yz) c**"), [
    "bold: a ",
    "text_link https://x.yz/: b",
    "bold: b",
    "bold:  c",
  ]);
  t.equal(textOf('[a](https://x.yz "the title")'), "a (the title)");
  t.same(marksOf("[a][r]\n\n[r]: https://x.yz"), ["text_link https://x.yz/: a"]);
  t.equal(textOf("a\n\n[r]: https://x.yz"), "a\n\n[r]: https://x.yz", "nothing leads there");
});

test("a link into Telegram's own app is text, in which nothing can be tapped", async (t) => {
  for (const scheme of ["tg", "TG", "ton", "tonsite"]) {
    const url = `${scheme}://proxy?server=evil.example&port=1&secret=x`;
    for (const written of [`[free](${url})`, `![free](${url})`, `<${url}>`, `see ${url} now`]) {
      const { text, entities } = renderMarkdown(written);
      t.ok(text.includes(url), text);
      t.notMatch(entities, [{ type: "text_link" }], written);
      t.same(faultsOf({ text, entities }), [], written);
    }
    t.same(faultsOf(renderPlain(`see ${url} now`)), [], "in a plain text as well");
  }
});

test("an image is a link with its description", async (t) => {
  t.same(shown("![a cat](https://x.yz/cat.png)"), {
    text: "a cat",
    marks: ["text_link https://x.yz/cat.png: a cat"],
  });
  t.same(marksOf("[![ci](badge.svg)](https://ci.example)"), ["text_link https://ci.example/: ci"]);
  t.equal(textOf("![shot](out/shot.png)"), "shot (out/shot.png)");
});

test("footnotes stay where they were written, also those that nothing refers to", async (t) => {
  const notes = "Yes[^why].\n\n[^why]: Because.\n\n[^other]: Unused.";
  t.equal(textOf(notes), "Yes[why].\n\n[why] Because.\n\n[other] Unused.");
});

test("HTML is shown as it is, but for line breaks", async (t) => {
  t.equal(textOf("<details><b>hi</b></details>"), "<details><b>hi</b></details>");
  t.equal(textOf("a<br>b <!-- c --> <kbd>d</kbd>"), "a\nb <!-- c --> <kbd>d</kbd>");
});

test("what changes the order of characters goes, and other controls are shown", async (t) => {
  t.equal(textOf("a\u202eb\u2066c\u2069\r\nd\u2028e"), "abc\nd\ne");
  t.equal(textOf("\u001b[31mred\u0000\u007f\u009b"), "␛[31mred␀␡\ufffd");
  t.equal(textOf("half \ud83d"), "half \ufffd");
  t.equal(textOf("1️⃣ שלום می‌خواهم"), "1️⃣ שלום می‌خواهم", "what people write stays");
});

test("a reference cannot bring back what goes, nor a mark that Telegram drops make a command", async (t) => {
  t.equal(textOf("a&#x2067;b&#8238;c&#x2028;d"), "abc\nd");
  for (const between of ["&#x2028;", "&#13;", "\u0333", "&#x30a;", "\u033f", "&#x202e;"]) {
    const rendered = renderMarkdown(`see /${between}stop or @${between}hans`);
    t.same(faultsOf(rendered), [], between);
    t.notMatch(rendered.text, /[\u0333\u030a\u033f\r\u2028]/u, between);
  }
  t.equal(textOf("A\u030angstrom"), "Ångstrom", "a letter keeps its ring");
});

test("a text that is no Markdown stays as it is, and only its addresses can be tapped", async (t) => {
  const { text, entities } = renderPlain(
    "*see* https://example.com/stop, not /stop\u2067 or @hans",
  );
  t.equal(text, "*see* https://example.com/stop, not /stop or @hans");
  t.same(
    entities.map(({ type, offset, length }) => [type, text.slice(offset, offset + length)]),
    [
      ["code", "/stop"],
      ["code", "@hans"],
    ],
  );
});

test("nothing can be tapped that the author did not mean, and no character changes", async (t) => {
  const words = ["file.py", "@types/node", "/etc", "#1", "$HOME", "README.md", "127.0.0.1:80"];
  for (const word of [...words, "4242424242424242", "git@github.com:a/b.git", "ssh://h/x"]) {
    t.same(
      shown(`see ${word}, then`),
      { text: `see ${word}, then`, marks: [`code: ${word}`] },
      word,
    );
  }
  for (const plain of [
    "and/or",
    "done.Then",
    "e.g. this",
    "Node.js",
    "v1.2.3",
    "C# and a@b.co",
    "1/2",
  ]) {
    t.same(marksOf(plain), [], plain);
  }
  t.same(marksOf("**Fix file.py now**"), ["bold: Fix ", "code: file.py", "bold:  now"]);
  t.same(marksOf("**foo**.py"), ["code: foo.py"], "found in what is shown, not in its parts");
  t.same(marksOf("[see a.py](https://x.yz)"), ["text_link https://x.yz/: see a.py"]);
});

test("a block of which the parser drops words is shown as it was written", async (t) => {
  const row = "| 1 | 2 | lost |";
  const table = `| a | b |\n|---|---|\n${row}`;
  t.same(shown(`**x**\n\n${table}`), {
    text: `x\n\n${table}`,
    marks: ["bold: x", `pre : ${table}`],
  });
  const deep = `${"> ".repeat(150)}deep`;
  t.equal(textOf(`**x**\n\n${deep}`), `x\n\n${deep}`);
});

test("nothing is lost of what is nested without end, and an empty text is empty", async (t) => {
  const deep = `${"![".repeat(4000)}a${"](b)".repeat(4000)}`;
  const { text } = renderMarkdown(deep);
  t.equal(text.replaceAll(/[^ab]/g, "").length, 4001);
  t.same(renderMarkdown(""), { text: "", entities: [] });
  t.equal(textOf("```\n```"), "```\n```", "nothing else would be seen");
  t.same(shown("``` /etc"), { text: "/etc", marks: ["code: /etc"] });
});

test("the checker of the tests knows what Telegram does not take", async (t) => {
  const faults = (text: string, ...entities: object[]) =>
    faultsOf({ text, entities: entities as FormattedText["entities"] });
  const bold = { type: "bold", offset: 0, length: 3 };
  t.same(faults("abcdef", bold), []);
  t.match(faults("a\tb"), [/dropped or replaced/]);
  t.match(faults("x".repeat(4097)), [/code points/, /units/]);
  t.match(faults("abc", { ...bold, length: 4 }), [/outside/]);
  t.match(faults("🙂🙂", bold), [/surrogate/]);
  t.match(faults("abcdef", bold, { type: "italic", offset: 1, length: 4 }), [/overlap/]);
  t.match(faults("abcdef", bold, { type: "code", offset: 0, length: 2 }), [/code goes with/]);
  for (const url of ["http://localhost:3000", "javascript:alert(1)", "https://a b.c/"]) {
    t.match(faults("abc", { ...bold, type: "text_link", url }), [/takes no link/], url);
  }
  const many = Array.from({ length: 101 }, (_, offset) => ({ type: "code", offset, length: 1 }));
  t.match(faults("x".repeat(101), ...many), [/101 entities/]);
  for (const tap of ["file.py", "@types", "/etc", "#1", "$HOME"])
    t.match(faults(tap), [/can be tapped/]);
});
