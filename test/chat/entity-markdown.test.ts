import type { MessageEntity } from "grammy/types";
import { test } from "tap";
import { toMarkdown } from "../../src/chat/entity-markdown.ts";

/** The entity of a part of a text. */
function on(text: string, part: string, fields: object): MessageEntity {
  return { offset: text.indexOf(part), length: part.length, ...fields } as MessageEntity;
}

test("what a reader sees or can tap reaches the agent as Markdown", async (t) => {
  const cases: [string, [string, object][], string][] = [
    [
      "read the docs now",
      [["the docs", { type: "text_link", url: "https://a.example/x" }]],
      "read [the docs](https://a.example/x) now",
    ],
    [
      "👨‍👩‍👧 see here",
      [["here", { type: "text_link", url: "https://a.example/(b)" }]],
      "👨‍👩‍👧 see [here](https://a.example/%28b%29)",
    ],
    [
      "https://bank.example",
      [["https://bank.example", { type: "text_link", url: "https://evil.example" }]],
      "[https://bank.example](https://evil.example)",
    ],
    [
      "ask Otto",
      [["Otto", { type: "text_mention", user: { id: 7 } }]],
      "ask [Otto](tg://user?id=7)",
    ],
    [
      "ask @otto #x",
      [
        ["@otto", { type: "mention" }],
        ["#x", { type: "hashtag" }],
      ],
      "ask @otto #x",
    ],
    ["run make all", [["make all", { type: "code" }]], "run `make all`"],
    ["run a`b", [["a`b", { type: "code" }]], "run ``a`b``"],
    ["run `b", [["`b", { type: "code" }]], "run `` `b ``"],
    ["do not do it", [["not ", { type: "bold" }]], "do **not** do it"],
    ["delete it keep it", [["delete it", { type: "strikethrough" }]], "~~delete it~~ keep it"],
    ["it was Otto", [["Otto", { type: "spoiler" }]], "it was ||Otto||"],
    [
      "a b",
      [
        ["a", { type: "italic" }],
        ["b", { type: "underline" }],
      ],
      "_a_ <u>b</u>",
    ],
    ["so 👍", [["👍", { type: "custom_emoji", custom_emoji_id: "1" }]], "so 👍"],
    [
      "they said\none\ntwo\nand I",
      [["one\ntwo", { type: "blockquote" }]],
      "they said\n> one\n> two\nand I",
    ],
    ["x = 1", [["x = 1", { type: "pre", language: "python" }]], "```python\nx = 1\n```"],
    ["see:\n```\nand", [["```", { type: "pre" }]], "see:\n````\n```\n````\nand"],
    ["see x = 1 there", [["x = 1", { type: "pre" }]], "see \n```\nx = 1\n```\n there"],
    ["of the future", [["future", { type: "not_yet_known" }]], "of the future"],
  ];
  for (const [text, parts, expected] of cases) {
    const entities = parts.map(([part, fields]) => on(text, part, fields));
    t.equal(toMarkdown(text, entities), expected);
  }
});

test("ranges inside of others are closed in the right order", async (t) => {
  const text = "bold link end";
  const entities = [
    on(text, "bold link", { type: "bold" }),
    on(text, "link", { type: "text_link", url: "https://a.example" }),
    on(text, "link", { type: "italic" }),
  ];
  t.equal(toMarkdown(text, entities), "**bold [_link_](https://a.example)** end");
  const quote = [on(text, text, { type: "blockquote" }), on(text, "bold", { type: "bold" })];
  t.equal(toMarkdown(text, quote), "> **bold** link end");
});

test("a text without formatting is unchanged, and a range outside of it does no harm", async (t) => {
  const text = "a*b_c `d` [e](f)\n> g ~~h~~ 🙂";
  t.equal(toMarkdown(text), text);
  for (const [offset, length] of [
    [-1, 3],
    [0, 0],
    [99, 3],
  ] as const) {
    t.equal(toMarkdown(text, [{ type: "bold", offset, length }]), text);
  }
  t.equal(toMarkdown("short", [{ type: "bold", offset: 2, length: 99 }]), "sh**ort**");
});

test("a quote is lines of its own, wherever it begins and ends, and code inside of it is quoted", async (t) => {
  const quote = { type: "blockquote" };
  const within = "he said run it and I agree";
  t.equal(toMarkdown(within, [on(within, "run it", quote)]), "he said \n> run it\n and I agree");
  const text = "so:\nx = 1\ny = 2\nend";
  const all = on(text, "so:\nx = 1\ny = 2", quote);
  const pre = { type: "pre", language: "py" };
  t.equal(
    toMarkdown(text, [all, on(text, "x = 1\ny = 2", pre)]),
    "> so:\n> ```py\n> x = 1\n> y = 2\n> ```\nend",
  );
  t.equal(
    toMarkdown(text, [all, on(text, "x = 1\n", pre)]),
    "> so:\n> ```py\n> x = 1\n> ```\n> y = 2\nend",
  );
  const lone = "x = 1";
  t.equal(
    toMarkdown(lone, [on(lone, lone, quote), on(lone, lone, pre)]),
    "> ```py\n> x = 1\n> ```",
  );
});

test("a link behind white space, and the moment behind words, reach the agent", async (t) => {
  const text = "see\u00a0this tomorrow";
  t.equal(
    toMarkdown(text, [on(text, "\u00a0", { type: "text_link", url: "https://a.example" })]),
    "see[\u00a0](https://a.example)this tomorrow",
  );
  const moment = { type: "date_time", date_time_format: "r" };
  t.equal(
    toMarkdown(text, [on(text, "tomorrow", { ...moment, unix_time: 1_647_531_900 })]),
    "see\u00a0this tomorrow (2022-03-17T15:45:00Z)",
  );
  t.equal(toMarkdown(text, [on(text, "tomorrow", { ...moment, unix_time: 1e15 })]), text);
});
