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
