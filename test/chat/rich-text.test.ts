import type { RichBlock } from "grammy/types";
import { test } from "tap";
import { richMarkdown } from "../../src/chat/rich-text.ts";

test("a rich message gives its text as Markdown, block by block", async (t) => {
  const blocks: unknown[] = [
    { type: "heading", size: 2, text: "Plan" },
    {
      type: "paragraph",
      text: ["do ", { type: "bold", text: "not" }, " ", { type: "strikethrough", text: "wait" }],
    },
    { type: "paragraph", text: { type: "url", text: "the docs", url: "https://a.example" } },
    {
      type: "list",
      items: [
        { label: "-", blocks: [{ type: "paragraph", text: "one" }], has_checkbox: true },
        {
          label: "-",
          blocks: [{ type: "paragraph", text: "two" }],
          has_checkbox: true,
          is_checked: true,
        },
      ],
    },
    { type: "pre", text: "x = 1", language: "python" },
    { type: "blockquote", blocks: [{ type: "paragraph", text: "said" }] },
    { type: "divider" },
    { type: "table", cells: [[{ text: "a" }, { text: "b" }]] },
    { type: "block_of_the_future", text: "still read" },
    { type: "anchor", name: "x" },
  ];
  t.equal(
    richMarkdown({ blocks: blocks as RichBlock[] }),
    [
      "## Plan",
      "do **not** ~~wait~~",
      "[the docs](https://a.example)",
      "- [ ] one\n- [x] two",
      "```python\nx = 1\n```",
      "> said",
      "---",
      "a | b",
      "still read",
    ].join("\n\n"),
  );
});

test("whatever a block is, all that is read or tapped in it arrives, in its lines", async (t) => {
  const cases: [block: object, expected: string][] = [
    [{ type: "pre", text: "a\n```\nb" }, "````\na\n```\nb\n````"],
    [
      { type: "table", caption: "sizes", cells: [[{ text: "a" }, {}], [{ text: "c" }]] },
      "sizes\na | \nc",
    ],
    [{ type: "details", summary: "more", blocks: [{ type: "paragraph", text: "x" }] }, "more\nx"],
    [{ type: "pullquote", text: "so", credit: "Otto" }, "> so\n> — Otto"],
    [{ type: "blockquote", blocks: [], credit: "Otto" }, "> — Otto"],
    [{ type: "photo", photo: [], caption: { text: "a cat", credit: "Otto" } }, "a cat\nOtto"],
    [
      {
        type: "collage",
        blocks: [{ type: "photo", photo: [], caption: { text: "a" } }],
        caption: { text: "b" },
      },
      "a\nb",
    ],
    [
      {
        type: "buttons",
        buttons: [
          { text: "Go", url: "https://a.example" },
          { text: "No", callback_data: "1" },
        ],
      },
      "[Go](https://a.example)\nNo",
    ],
    [
      {
        type: "block_of_the_future",
        title: "T",
        blocks: [
          { type: "list", items: [{ label: "1.", blocks: [{ type: "paragraph", text: "x" }] }] },
        ],
      },
      "T\n1. x",
    ],
  ];
  for (const [block, expected] of cases) {
    t.equal(richMarkdown({ blocks: [block as RichBlock] }), expected);
  }
  const texts: [text: object, expected: string][] = [
    [
      { type: "button", button: { text: "Go", url: "https://a.example" } },
      "[Go](https://a.example)",
    ],
    [{ type: "code", text: "a`b" }, "``a`b``"],
    [{ type: "underline", text: "a" }, "<u>a</u>"],
    [
      { type: "date_time", text: "then", unix_time: 0, date_time_format: "r" },
      "then (1970-01-01T00:00:00Z)",
    ],
    [
      { type: "email_address", text: "Otto", email_address: "o@a.example" },
      "[Otto](mailto:o@a.example)",
    ],
    [{ type: "email_address", text: "o@a.example", email_address: "o@a.example" }, "o@a.example"],
    [{ type: "mention", text: "@otto", username: "otto" }, "@otto"],
    [{ type: "url", text: "x", url: "https://a.example/(b)" }, "[x](https://a.example/%28b%29)"],
  ];
  for (const [text, expected] of texts) {
    t.equal(richMarkdown({ blocks: [{ type: "paragraph", text } as RichBlock] }), expected);
  }
});
