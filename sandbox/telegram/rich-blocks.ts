import type { RichBlock, RichBlockListItem, RichMessageButton } from "grammy/types";
import { richButton, richText } from "./rich-text.ts";

interface Reading {
  lines: string[];
  at: number;
  skipsDetection: boolean;
}

const item = /^( *)([-*+]|\d{1,9}[.)]) (?:\[([ xX])\] )?(.*)$/;
const fence = /^ {0,3}(`{3,}|~{3,})(.*)$/;
const delimiters = /^ *\|? *:?-+:? *(?:\| *:?-+:? *)*\|? *$/;

/** The blocks of a document in Telegram's Markdown (Bot API 10.3, Rich Markdown style). */
export function richBlocks(markdown: string, skipsDetection: boolean): RichBlock[] {
  const reading: Reading = { lines: markdown.split("\n"), at: 0, skipsDetection };
  const blocks: RichBlock[] = [];
  while (reading.at < reading.lines.length) blocks.push(...nextBlocks(reading));
  return blocks;
}

function nextBlocks(reading: Reading): RichBlock[] {
  const line = reading.lines[reading.at] ?? "";
  if (line.trim() === "") return skip(reading);
  return (
    code(reading, line) ??
    details(reading, line) ??
    buttonRow(reading, line) ??
    heading(reading, line) ??
    table(reading, line) ??
    quotation(reading, line) ??
    list(reading, line) ??
    paragraph(reading)
  );
}

function skip(reading: Reading): RichBlock[] {
  reading.at += 1;
  return [];
}

function inner(lines: string[], { skipsDetection }: Reading): RichBlock[] {
  return richBlocks(lines.join("\n"), skipsDetection);
}

function code(reading: Reading, line: string): RichBlock[] | undefined {
  const [, open, info = ""] = fence.exec(line) ?? [];
  if (open === undefined) return undefined;
  const from = reading.at + 1;
  const isEnd = (one: string) => one.trim().startsWith(open) && /^[`~ ]*$/.test(one);
  const length = reading.lines.slice(from).findIndex(isEnd);
  const to = length < 0 ? reading.lines.length : from + length;
  reading.at = to + 1;
  const text = reading.lines.slice(from, to).join("\n");
  const language = info.trim();
  if (language === "math") return [{ type: "mathematical_expression", expression: text }];
  return [{ type: "pre", text, ...(language !== "" && { language }) }];
}

function details(reading: Reading, line: string): RichBlock[] | undefined {
  const begin = /^ *<details( open)?>/i.exec(line);
  if (!begin) return undefined;
  const rest = [line.slice(begin[0].length), ...reading.lines.slice(reading.at + 1)].join("\n");
  let depth = 1;
  for (const tag of rest.matchAll(/<(\/?)details[^>]*>/gi)) {
    depth += tag[1] === "" ? 1 : -1;
    if (depth > 0) continue;
    const content = rest.slice(0, tag.index);
    const after = rest.slice(tag.index + tag[0].length);
    reading.lines = [...reading.lines.slice(0, reading.at), ...after.split("\n")];
    const [whole, summary = ""] = /<summary>(.*?)<\/summary>/is.exec(content) ?? [""];
    return [
      {
        type: "details",
        summary: richText(summary, reading.skipsDetection),
        blocks: inner(content.replace(whole, "").split("\n"), reading),
        ...(begin[1] !== undefined && { is_open: true as const }),
      },
    ];
  }
  return undefined;
}

function buttonRow(reading: Reading, line: string): RichBlock[] | undefined {
  if (!/^ *<tg-button-row/i.test(line)) return undefined;
  const rest = reading.lines.slice(reading.at).join("\n");
  const end = rest.search(/<\/tg-button-row>/i);
  const row = end < 0 ? rest : rest.slice(0, end);
  reading.at += row.split("\n").length;
  const found = [...row.matchAll(/<tg-button ([^>]*)>(.*?)<\/tg-button>/gis)];
  const buttons = found.map(([, attributes = "", text = ""]): RichMessageButton =>
    richButton(attributes, text),
  );
  return [{ type: "buttons", buttons }];
}

function heading(reading: Reading, line: string): RichBlock[] | undefined {
  const [, marks, text = ""] = /^(#{1,6}) (.*)$/.exec(line) ?? [];
  if (marks === undefined && !/^ *(?:-{3,}|\*{3,}|_{3,}) *$/.test(line)) return undefined;
  reading.at += 1;
  if (marks === undefined) return [{ type: "divider" }];
  const size = marks.length as 1 | 2 | 3 | 4 | 5 | 6;
  return [{ type: "heading", size, text: richText(text, reading.skipsDetection) }];
}

function table(reading: Reading, line: string): RichBlock[] | undefined {
  const below = reading.lines[reading.at + 1] ?? "";
  if (!line.includes("|") || !below.includes("|") || !delimiters.test(below)) return undefined;
  const from = reading.at;
  while ((reading.lines[reading.at] ?? "").includes("|")) reading.at += 1;
  const rows = [line, ...reading.lines.slice(from + 2, reading.at)];
  const cells = rows.map((row, index) =>
    cellsOf(row).map((text) => ({
      text: richText(text.trim(), reading.skipsDetection),
      align: "left" as const,
      valign: "top" as const,
      ...(index === 0 && { is_header: true as const }),
    })),
  );
  return [{ type: "table", cells }];
}

function cellsOf(row: string): string[] {
  return row
    .trim()
    .replace(/^\|/, "")
    .replace(/(?<!\\)\|$/, "")
    .split(/(?<!\\)\|/);
}

function quotation(reading: Reading, line: string): RichBlock[] | undefined {
  if (!/^ {0,3}>/.test(line)) return undefined;
  const from = reading.at;
  while (/^ {0,3}>/.test(reading.lines[reading.at] ?? "")) reading.at += 1;
  const lines = reading.lines.slice(from, reading.at).map((one) => one.replace(/^ {0,3}> ?/, ""));
  return [{ type: "blockquote", blocks: inner(lines, reading) }];
}

function list(reading: Reading, line: string): RichBlock[] | undefined {
  if (!item.test(line)) return undefined;
  const items: RichBlockListItem[] = [];
  const indent = line.length - line.trimStart().length;
  for (;;) {
    const [, spaces = "", label = "", box, text = ""] =
      item.exec(reading.lines[reading.at] ?? "") ?? [];
    if (label === "" || spaces.length !== indent) break;
    const from = (reading.at += 1);
    const isInside = (one: string) => one.trim() === "" || one.startsWith(" ".repeat(indent + 2));
    while (reading.at < reading.lines.length && isInside(reading.lines[reading.at] ?? "")) {
      reading.at += 1;
    }
    const more = reading.lines.slice(from, reading.at).map((one) => one.slice(indent + 2));
    items.push({
      label,
      blocks: inner([text, ...more], reading),
      ...(box !== undefined && { has_checkbox: true as const }),
      ...(box?.toLowerCase() === "x" && { is_checked: true as const }),
    });
  }
  return [{ type: "list", items }];
}

function paragraph(reading: Reading): RichBlock[] {
  const from = reading.at;
  do reading.at += 1;
  while ((reading.lines[reading.at] ?? "").trim() !== "" && !begins(reading));
  const text = reading.lines.slice(from, reading.at).join("\n");
  const photo = { type: "photo" as const, photo: [] };
  // Media in the midst of a text is none to Telegram; here it counts, since a parser might load it.
  const media = [...text.matchAll(/!\[[^\]]*\]\s*\([^)]+\)|<(?:img|video|audio|tg-document)\b/gi)];
  return [
    ...media.map(() => photo),
    { type: "paragraph", text: richText(text, reading.skipsDetection) },
  ];
}

/** Whether another block begins at this line, without an empty one before it. */
function begins({ lines, at }: Reading): boolean {
  const line = lines[at] ?? "";
  return (
    /^ *(?:<details|<tg-button-row|#{1,6} |>)/i.test(line) || item.test(line) || fence.test(line)
  );
}
