import { test } from "tap";
import type { RichTextUrl } from "grammy/types";
import { partsIn, richContent } from "../../../sandbox/telegram/rich.ts";
import { needsRich, richMessage, withHead } from "../../../src/chat/rich/rich.ts";

const table = "| a | b |\n|---|---|\n| 1 | 2 |";
const written = (markdown: string) => richMessage(markdown)?.markdown;
const blocks = (markdown: string) => richContent(richMessage(markdown)!).blocks;

test("an answer is sent rich where a classic message would show it badly", async (t) => {
  const needed = {
    "a table": `Look:\n\n${table}`,
    "a table without outer bars": "a | b\n:-- | --:\n1 | 2",
    "a table in a quote": "> | a |\n> |---|\n> | b |",
    details: "<details><summary>Log</summary>\n\nx\n\n</details>",
    "open details": "<details open>\n\nx\n\n</details>",
    "a task list": "1. [x] done\n2. [ ] to do",
    "a formula in a line": "It is $e^{i\\pi} = -1$.",
    "a formula of its own": "$$\nE = mc^2\n$$",
    "a block of math": "```math\nE = mc^2\n```",
  };
  for (const [what, markdown] of Object.entries(needed)) {
    t.ok(needsRich(markdown, "auto", false), what);
    t.ok(needsRich(markdown, "rich", false), what);
    t.notOk(needsRich(markdown, "classic", false), what);
  }
  const plain = {
    "a text": "All *done* in `a.ts`, see [it](https://example.com).",
    code: `\`\`\`\n${table}\n- [x] a\n<details>\n$$x$$\n\`\`\``,
    "bars and dashes": "a | b\n---\nc",
    "rows of other lengths": "a | b | c\n--- | ---",
    money: "It costs $5 or $10, or $3/$4; see $HOME/$PATH.",
  };
  for (const [what, markdown] of Object.entries(plain)) {
    t.notOk(needsRich(markdown, "auto", false), what);
    t.notOk(needsRich(markdown, "rich", false), what);
    t.ok(needsRich(markdown, "auto", true), `long: ${what}`);
    t.notOk(needsRich(markdown, "classic", true), `long: ${what}`);
  }
  for (const markdown of ["# Title\n\ntext", "- one\n- two", "Said[^1].\n\n[^1]: there"]) {
    t.notOk(needsRich(markdown, "auto", false), markdown);
    t.ok(needsRich(markdown, "rich", false), markdown);
  }
});

test("what an answer says in Markdown reaches Telegram as it is", async (t) => {
  for (const markdown of [
    `# Title\n\n${table}\n\n**bold** _it_ ~~no~~ \`a <img \``.replace("<img ", "<b>"),
    "<details open><summary>More **bold**</summary>\n\n- [ ] one\n  - [x] two\n\n</details>",
    '```ts\nconst a = b[i](x) || c == "$d"; // <T>\n```',
    "> quoted\n\n[it](https://example.com/a_(b)?c=1&d=2#e) said[^1] $x^2$\n\n[^1]: H<sub>2</sub>O",
    "Title\n\n===\n\n[it][1]\n\n[1]: https://example.com/",
  ]) {
    t.equal(written(markdown), markdown);
    t.equal(richMessage(markdown)?.skip_entity_detection, true);
  }
  t.equal(written("one\ntwo"), "one  \ntwo", "a line end is one in the chat as well");
  t.equal(written("```sh\nls"), "```sh\nls\n```", "what follows is no code");
  t.equal(written("a\tb\r\n\n\u202ec\u0007"), "a    b\n\nc");
  t.equal(written("\\(a^2\\) and \\[b_1\\]"), "$a^2$ and $$b_1$$");
});

test("what the agent may not do is shown as it was written", async (t) => {
  const shown = {
    "<b onclick=x>": "<b onclick=x>",
    "[me](tg://user?id=7)": "[me](tg://user?id=7)",
    "[me](mailto:a@b.example)": "[me](mailto:a@b.example)",
    "[me](http://localhost:3000)": "[me](http://localhost:3000)",
    "[me](https://good.example@evil.example)": "[me](https://good.example@evil.example)",
    "[me] (tel:1)": "[me] (tel:1)",
    "[a]: tg://user?id=7": "[a]: tg://user?id=7",
    "a == b or c == d || e || f": "a == b or c == d || e || f",
    "$5 to $10": "$5 to $10",
    "\\<b>": "<b>",
    "/stop @name #1": "/stop @name #1",
    "a&#x202e;b &#8296;c": "a&#x202e;b &#8296;c",
    "[me]\u0333(tg://user?id=7)": "[me](tg://user?id=7)",
    "A\u030angstrom": "Ångstrom",
    "R&amp;D &#65;": "R&D A",
  };
  for (const [markdown, text] of Object.entries(shown)) {
    t.same(blocks(markdown), [{ type: "paragraph", text }], markdown);
  }
  const link = (text: string, url: string) => ({ type: "url", text, url });
  const url = "https://example.com/a_b.png";
  for (const [markdown, text] of [
    [`![a plot](${url} "title")`, link("a plot", url)],
    [`![](${url})`, link("image", url)],
    [`<${url}>`, link("https://example.com/a&#95;b.png", url)],
    [`See ${url}.`, ["See ", link("https://example.com/a&#95;b.png", url), "."]],
    [`!\u030a[a plot](${url})`, link("a plot", url)],
    [`\\![a](${url})`, ["!", link("a", url)]],
    [`!!![](${url})`, ["!!", link("image", url)]],
  ] as const) {
    t.same(blocks(markdown), [{ type: "paragraph", text }], markdown);
  }
});

test("an answer that a parser could act on although it is code, or that is too much, is not sent rich", async (t) => {
  const cells = (count: number) => Array.from({ length: count }, () => "-").join(" | ");
  for (const markdown of [
    "<tg-button>a</tg-button>",
    "&lt;tg-button>",
    "<\u033ftg-button>a</tg-button>",
    "`<img src=a>`",
    "```html\n<a href=x>\n```",
    "`![a](https://example.com/a.png)`",
    "```\n[me](tg://user?id=7)\n```",
    "`![a]`\n\n[a]: https://example.com/a.png",
    "`<tg://user?id=7>`",
    "$x^2 \\\\href{tg://b}{y}$",
    "    indented $5",
    "<details>\n\nnever closed",
    "closed </details> before it <details>",
    "> ".repeat(13),
    `${cells(21)}\n${cells(21)}`,
    "x\n\n".repeat(451),
    "é".repeat(32_700),
  ]) {
    t.equal(richMessage(markdown), undefined, markdown.slice(0, 40));
  }
  t.ok(written("é".repeat(32_000)));
  t.ok(written("x\n\n".repeat(400)));
});

test("Switchboard's own words stand around those of the agent, whatever these leave open", async (t) => {
  const own = { before: "From a *program*: ", after: "\n\nStopped. <b>" };
  t.match(richContent(richMessage(`${table}\n\n\`\`\`ts\nhalf`, own)!).blocks, [
    { type: "paragraph", text: "From a *program*:" },
    { type: "table" },
    { type: "pre", text: "half" },
    { type: "paragraph", text: "Stopped. <b>" },
  ]);
});

test("who speaks stands in a line of its own before a rich message, whatever the name is", async (t) => {
  const named = withHead(richMessage(table)!, "my_agent *1* 🤖:");
  t.match(richContent(named).blocks, [
    { type: "paragraph", text: { type: "bold" } },
    { type: "table" },
  ]);
  t.notMatch(named.markdown.split("\n")[0]?.slice(2, -2), /[*_]/);
  t.match(named.markdown, /^\*\*my&#95;agent &#42;1&#42; 🤖&#58;\*\*\n\n\|/);
});

const fragments = [
  "`",
  "``",
  "```",
  "\n```\n",
  "~~~\n",
  "\\",
  "\n",
  "\n\n",
  "    ",
  "> ",
  "- ",
  "| ",
  "|---|",
  "$",
  "$$",

  "![",
  "[",
  "]",
  "(",
  ")",
  "](",
  "]: ",
  "<",
  ">",
  "&lt;",
  "!",
  "a",
  " ",
  "==",
  "||",
  "<details>",

  "tg://user?id=7",
  "https://evil.example/x.png",
  "mailto:a@b.example",
  "tel:+1",
  "https://",

  '<tg-button type="url" url="https://evil.example">',
  "</tg-button>",
  "<img src=a>",
  "<a href=tg://b>",

  "</a>",
  "![x](https://evil.example/a.png)",
  "[me](tg://user?id=7)",
  "<mailto:a@b.example>",
  "</details>",
];

test("no text makes a button, a picture, a mention or a link but to the web, whatever is taken for code", async (t) => {
  let seed = 7;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  const forbidden = ["photo", "button", "buttons", "text_mention", "email_address", "phone_number"];
  let rich = 0;
  for (let round = 0; round < 3000; round += 1) {
    const parts = Array.from({ length: 1 + random(12) }, () => fragments[random(fragments.length)]);
    const sent = richMessage(parts.join(""));
    if (!sent || sent.markdown.trim() === "") continue;
    rich += 1;
    // A parser that sees other code than we do sees none at all in the worst case.
    for (const markdown of [sent.markdown, sent.markdown.replaceAll(/[`~]+|^ +/gm, "")]) {
      if (markdown.trim() === "") continue;
      const read = richContent({ ...sent, markdown });
      const urls = (partsIn(read, "url") as RichTextUrl[]).map(({ url }) => url);
      const found = [
        ...partsIn(read, ...forbidden),
        ...urls.filter((url) => !/^https?:\/\/[a-z]/.test(url)),
      ];
      if (found.length > 0) t.same(found, [], JSON.stringify([parts.join(""), markdown]));
    }
  }
  t.ok(rich > 500, `${rich} of them were rich`);
});

test("no text takes long to look through", async (t) => {
  for (const mark of [
    "`",
    "``` ",
    "` ",
    "*",
    "[",
    "](",
    "\\(",
    "$a",
    "> ",
    "- ",
    "|",
    "<",
    "[^a",
    "http://",
  ]) {
    const text = mark.repeat(Math.floor(32_000 / mark.length));
    const before = process.cpuUsage();
    needsRich(text, "rich", false);
    richMessage(text);
    const ms = process.cpuUsage(before).user / 1000;
    t.ok(ms < 500, `${JSON.stringify(mark)} took ${Math.round(ms)} ms`);
  }
});
