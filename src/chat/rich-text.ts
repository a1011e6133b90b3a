import type {
  RichBlock,
  RichBlockListItem,
  RichBlockTableCell,
  RichMessage,
  RichMessageButton,
  RichText,
} from "grammy/types";
import { codeMarks, escapedUrl, ticksAround, timeMark } from "./entity-markdown.ts";

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
  switch (block.type) {
    case "heading":
      return `${"#".repeat(block.size)} ${textOf(block.text)}`;
    case "pre":
      return fenced(textOf(block.text), block.language ?? "");
    case "mathematical_expression":
      return `$$${block.expression}$$`;
    case "list":
      return block.items.map(itemOf).join("\n");
    case "blockquote":
      return quoted(lines(blocksOf(block.blocks), creditOf(block)));
    case "expandable_blockquote":
    case "pullquote":
      return quoted(lines(textOf(block.text), creditOf(block)));
    case "divider":
      return "---";
    case "table":
      return lines(optional(block.caption), ...block.cells.map(rowOf));
    case "details":
      return lines(textOf(block.summary), blocksOf(block.blocks));
    case "collage":
    case "slideshow":
      return lines(blocksOf(block.blocks), anyText(block.caption));
    case "buttons":
      return block.buttons.map(buttonOf).join("\n");
    case "paragraph":
    case "footer":
    case "thinking":
      return textOf(block.text);
    case "anchor":
      return "";
    case "animation":
    case "audio":
    case "document":
    case "map":
    case "photo":
    case "video":
    case "voice_note":
      return anyText(block.caption);
    default:
      return anyText(block);
  }
}

function lines(...texts: string[]): string {
  return texts.filter((text) => text.trim() !== "").join("\n");
}

function optional(text: RichText | undefined): string {
  return text === undefined ? "" : textOf(text);
}

function creditOf({ credit }: { credit?: RichText }): string {
  return credit === undefined ? "" : `— ${textOf(credit)}`;
}

function fenced(code: string, language: string): string {
  const ticks = ticksAround(code, 3);
  return `${ticks}${language}\n${code}\n${ticks}`;
}

function rowOf(cells: readonly RichBlockTableCell[]): string {
  return cells.map(({ text }) => optional(text)).join(" | ");
}

function buttonOf(button: RichMessageButton): string {
  const label = textOf(button.text);
  return "url" in button ? linkOf(label, button.url) : label;
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

const textFields = new Set(["text", "summary", "caption", "credit", "title"]);

/** The texts anywhere inside of a block, such as the caption of a picture, in their order. */
function anyText(value: unknown): string {
  if (Array.isArray(value)) return value.map(anyText).filter(Boolean).join(" | ");
  if (typeof value !== "object" || value === null) return "";
  return Object.entries(value)
    .map(([key, inner]) => {
      if (key === "blocks" && Array.isArray(inner)) return blocksOf(inner as RichBlock[]);
      return textFields.has(key) && isRichText(inner) ? textOf(inner) : anyText(inner);
    })
    .filter(Boolean)
    .join("\n");
}

/** A caption is a text or holds one. */
function isRichText(value: unknown): value is RichText {
  const isTyped = typeof value === "object" && value !== null && "type" in value;
  return typeof value === "string" || Array.isArray(value) || isTyped;
}

function textOf(text: RichText): string {
  if (typeof text === "string") return text;
  if (Array.isArray(text)) return text.map(textOf).join("");
  if (text.type === "custom_emoji") return text.alternative_text;
  if (text.type === "mathematical_expression") return `$${text.expression}$`;
  if (text.type === "button") return buttonOf(text.button);
  if (!("text" in text)) return "";
  const inside = textOf(text.text);
  if (text.type === "code") return codeMarks(inside).join(inside);
  if (text.type === "underline") return `<u>${inside}</u>`;
  if (text.type === "date_time") return inside + timeMark(text.unix_time);
  const address = addressOf(text);
  if (address !== undefined) return linkOf(inside, address);
  const mark = marks[text.type] ?? "";
  return `${mark}${inside}${mark}`;
}

/** Where a tap leads; undefined where that is nowhere, or what the text says itself. */
function addressOf(text: Exclude<RichText, string | RichText[]>): string | undefined {
  if (text.type === "url") return text.url;
  if (text.type === "text_mention") return `tg://user?id=${text.user.id}`;
  if (text.type === "email_address") return `mailto:${text.email_address}`;
  if (text.type === "phone_number") return `tel:${text.phone_number}`;
  return text.type === "mention" ? `https://t.me/${text.username.replace("@", "")}` : undefined;
}

const marks: Record<string, string> = {
  bold: "**",
  italic: "_",
  strikethrough: "~~",
  spoiler: "||",
};

/** A label that says where it leads is left as it is. */
function linkOf(label: string, url: string): string {
  const bare = url.replace(/^(mailto:|tel:|https:\/\/t\.me\/)/, "");
  if (label === url) return url;
  return [bare, `@${bare}`].includes(label) ? label : `[${label}](${escapedUrl(url)})`;
}
