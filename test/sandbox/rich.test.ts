import { test } from "tap";
import { buttonsIn, partsIn } from "../../sandbox/telegram/rich.ts";
import { sandbox } from "../support/sandbox.ts";

const row = (label: string, data: string) =>
  `<tg-button-row>\n  <tg-button type="callback_data" data="${data}">${label}</tg-button>\n</tg-button-row>`;

test("a rich message shows the blocks of its Markdown, and its buttons can be pressed", async (t) => {
  const { telegram, api } = await sandbox(t);
  const markdown = [
    "# Title\n\n| a | b |\n|---|---|\n| `c` | [d](https://example.com) |",
    "- [x] done\n- [ ] to do\n\n> quoted\n\n```ts\nconst a = 1;\n```",
    "<details><summary>More</summary>\n\n$$x^2$$\n\n</details>",
    row("I can read this", "key"),
  ].join("\n\n");
  const sent = await api.raw.sendRichMessage({ chat_id: 1000, rich_message: { markdown } });
  t.match(sent.rich_message.blocks, [
    { type: "heading", size: 1, text: "Title" },
    {
      type: "table",
      cells: [
        [{ text: "a" }, { text: "b" }],
        [{ text: { type: "code" } }, {}],
      ],
    },
    { type: "list", items: [{ is_checked: true }, { has_checkbox: true }] },
    { type: "blockquote", blocks: [{ text: "quoted" }] },
    { type: "pre", language: "ts", text: "const a = 1;" },
    { type: "details", summary: "More" },
    { type: "buttons", buttons: [{ text: "I can read this", callback_data: "key" }] },
  ]);
  t.match(telegram.chat(), [{ text: markdown }]);
  const { message_id: messageId } = sent;
  const { callback_query: query } = telegram.operatorPresses({
    messageId,
    button: "I can read this",
  });
  t.match(query, { data: "key", message: { message_id: messageId } });

  const rich = { markdown: "| a | b |\n|---|---|\n\nread" };
  await api.raw.editMessageText({ chat_id: 1000, message_id: messageId, rich_message: rich });
  t.same(buttonsIn(telegram.chat()[0]?.message.rich_message), []);
  t.match(telegram.chat(), [{ text: rich.markdown, edited: true }]);
});

test("a rich message shows what an agent must not be able to make", async (t) => {
  const { api } = await sandbox(t);
  const markdown = [
    "![x](https://evil.example/a.png) <img src=a> [me](tg://user?id=7) <mailto:a@b.example>",
    '/stop @name <tg-button type="url" url="https://evil.example">B</tg-button>',
  ].join("\n\n");
  const found = async (skip_entity_detection?: true) => {
    const rich_message = { markdown, ...(skip_entity_detection && { skip_entity_detection }) };
    const sent = await api.raw.sendRichMessage({ chat_id: 1000, rich_message });
    const kinds = ["photo", "text_mention", "email_address", "button", "bot_command", "mention"];
    return kinds.map((kind) => partsIn(sent.rich_message, kind).length);
  };
  t.same(await found(), [2, 1, 1, 1, 1, 1]);
  t.same(await found(true), [2, 1, 1, 1, 0, 0]);
});

test("a rich message beyond the limits is refused", async (t) => {
  const { api } = await sandbox(t);
  const send = (markdown: string) =>
    api.raw.sendRichMessage({ chat_id: 1000, rich_message: { markdown } });
  const cells = (count: number) => Array.from({ length: count }, () => "a").join(" | ");
  const table = (count: number) => `${cells(count)}\n${cells(count).replaceAll("a", "-")}`;
  await send("é".repeat(32_768));
  await send("a\n\n".repeat(500));
  await send(table(20));
  await send(`${"> ".repeat(15)}a`);
  for (const [markdown, fault] of [
    ["é".repeat(32_769), /message is too long/],
    ["a\n\n".repeat(501), /too many blocks/],
    [table(21), /too many columns/],
    [`${"> ".repeat(16)}a`, /nested too deeply/],
    [row("x", "k".repeat(65)), /BUTTON_DATA_INVALID/],
    [" ", /message text is empty/],
  ] as const) {
    await t.rejects(send(markdown), { message: fault });
  }
});
