import type { RichBlock, RichBlockListItem, RichMessage, RichText } from "grammy/types";

/**
 * The text of a rich message (Bot API 10.1) as Markdown. Blocks that carry no text, such as pictures,
 * are left out; a block of a later Bot API gives the text it has.
 */
export function richMarkdown({ blocks }: RichMessage): string {
  return blocksOf(blocks).trim();
}

function blocksOf(blocks: readonly RichBlock[]): string {
  return blocks
    .map(blockOf)
    .filter((text) => text.trim() !== "")
    .join("\n\n");
}

function blockOf(block: RichBlock): string {
  if (block.type === "heading") return `${"#".repeat(block.size)} ${textOf(block.text)}`;
  if (block.type === "pre") return `\`\`\`${block.language ?? ""}\n${textOf(block.text)}\n\`\`\``;
  if (block.type === "mathematical_expression") return `$$${block.expression}$$`;
  if (block.type === "list") return block.items.map(itemOf).join("\n");
  if (block.type === "blockquote") return quoted(blocksOf(block.blocks));
  if (block.type === "expandable_blockquote" || block.type === "pullquote") {
    return quoted(textOf(block.text));
  }
  return block.type === "divider" ? "---" : anyText(block);
}

function itemOf({ label, blocks, has_checkbox, is_checked }: RichBlockListItem): string {
  const box = has_checkbox ? (is_checked ? "[x] " : "[ ] ") : "";
  return `${label || "-"} ${box}${blocksOf(blocks).replaceAll("\n", "\n  ")}`;
}

function quoted(text: string): string {
  return text
    .split("\n")
    .map((line) => `> ${line}`)
    .join("\n");
}

/** The texts anywhere inside of a block, such as the cells of a table, in their order. */
function anyText(value: unknown): string {
  if (Array.isArray(value)) return value.map(anyText).filter(Boolean).join(" | ");
  if (typeof value !== "object" || value === null) return "";
  return Object.entries(value)
    .map(([key, inner]) => (key === "text" ? textOf(inner as RichText) : anyText(inner)))
    .filter(Boolean)
    .join("\n");
}

function textOf(text: RichText): string {
  if (typeof text === "string") return text;
  if (Array.isArray(text)) return text.map(textOf).join("");
  if (text.type === "custom_emoji") return text.alternative_text;
  if (text.type === "mathematical_expression") return `$${text.expression}$`;
  if (!("text" in text)) return "";
  const inside = textOf(text.text);
  if (text.type === "url") return linkOf(inside, text.url);
  if (text.type === "text_mention") return linkOf(inside, `tg://user?id=${text.user.id}`);
  const mark = marks[text.type] ?? "";
  return `${mark}${inside}${mark}`;
}

const marks: Record<string, string> = {
  bold: "**",
  italic: "_",
  strikethrough: "~~",
  spoiler: "||",
  code: "`",
};

function linkOf(label: string, url: string): string {
  return label === url ? url : `[${label}](${url})`;
}
