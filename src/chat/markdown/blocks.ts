import { withoutTabs } from "./harmless.ts";
import { writeInline } from "./inline.ts";
import type { Output } from "./output.ts";
import type { Token } from "./parse.ts";
import { readTable, writeTable } from "./tables.ts";

// What is longer (UTF-16 units) is shown folded.
const longestOpenQuote = 700;
const bullets = ["•", "◦", "▪"];
// Telegram drops leading spaces of a message and clients draw them narrow.
const indent = "\u2003";
const isLanguage = /^\w[\w#+.-]{0,39}$/;

/** Blocks of Markdown, read one after the other. */
export class BlockWriter {
  #tokens: readonly Token[];
  #output: Output;
  #at = 0;
  #quotes = 0;
  #lists = 0;

  constructor(tokens: readonly Token[], output: Output) {
    this.#tokens = tokens;
    this.#output = output;
  }

  /** Writes the block that begins at this token, and says which token follows it. */
  write(at: number): number {
    this.#at = at;
    this.#block();
    return this.#at;
  }

  #block(): void {
    const token = this.#tokens[this.#at++]!;
    switch (token.type) {
      case "heading_open":
        return this.#heading(token);
      case "paragraph_open":
        return this.#paragraph(token);
      case "blockquote_open":
        return this.#quote();
      case "bullet_list_open":
        return this.#list(undefined);
      case "ordered_list_open":
        return this.#list(Number(token.attrGet("start") ?? 1));
      case "fence":
        return this.#fence(token);
      case "code_block":
        return this.#code(token.content, "");
      case "table_open":
        return this.#table();
      case "hr":
        return this.#plain("———");
      case "footnote_reference_open":
        return this.#footnote(token);
      default:
        // HTML among others: it is shown as it is.
        return this.#plain(withoutTabs(token.content).trimEnd());
    }
  }

  /** Writes blocks up to the end of the one they are in. */
  #blocksTo(close: string): void {
    while (this.#at < this.#tokens.length && this.#tokens[this.#at]?.type !== close) this.#block();
    this.#at += 1;
  }

  #plain(text: string): void {
    this.#output.write(text);
    this.#output.separate(2);
  }

  #inline(): void {
    const token = this.#tokens[this.#at];
    if (token?.type !== "inline") return;
    this.#at += 1;
    writeInline(token.children ?? [], this.#output);
  }

  #heading({ tag }: Token): void {
    this.#output.open("bold");
    if (tag === "h1") this.#output.open("underline");
    this.#inline();
    if (tag === "h1") this.#output.close("underline");
    this.#output.close("bold");
    this.#at += 1;
    // With one line end what it is about is in the same message.
    this.#output.join(1);
  }

  #paragraph({ hidden }: Token): void {
    this.#inline();
    this.#at += 1;
    this.#output.separate(hidden ? 1 : 2);
  }

  /** Quotes are not nested in Telegram: those inside of others have marks. */
  #quote(): void {
    const { prefix } = this.#output;
    const isInside = this.#quotes > 0;
    const from = isInside ? 0 : this.#output.beginLine();
    this.#output.prefix = isInside ? `${prefix}> ` : "";
    this.#quotes += 1;
    this.#blocksTo("blockquote_close");
    this.#quotes -= 1;
    this.#output.prefix = prefix;
    if (!isInside) {
      const isLong = this.#output.length - from > longestOpenQuote;
      this.#output.mark(from, { type: isLong ? "expandable_blockquote" : "blockquote" });
    }
    this.#output.separate(2);
  }

  #list(first: number | undefined): void {
    const { prefix } = this.#output;
    this.#lists += 1;
    let number = first;
    while (this.#tokens[this.#at]?.type === "list_item_open") {
      this.#at += 1;
      this.#output.prefix = prefix;
      this.#output.write(`${this.#marker(number)} `);
      this.#output.prefix = prefix + indent;
      this.#blocksTo("list_item_close");
      this.#output.separate(1);
      if (number !== undefined) number += 1;
    }
    this.#at += 1;
    this.#lists -= 1;
    this.#output.prefix = prefix;
    this.#output.separate(this.#lists > 0 ? 1 : 2);
  }

  /** The number of an item, its check mark, or the bullet of its level. */
  #marker(number: number | undefined): string {
    const box = this.#takeCheckbox();
    if (number !== undefined) return box === "" ? `${number}.` : `${number}. ${box}`;
    return box === "" ? bullets[Math.min(this.#lists, bullets.length) - 1]! : box;
  }

  /** Takes `[x] ` from the beginning of an item (GFM); the parser does not know it. */
  #takeCheckbox(): string {
    const text = this.#tokens[this.#at + 1]?.children?.[0];
    const isItem = this.#tokens[this.#at]?.type === "paragraph_open" && text?.type === "text";
    const box = isItem ? /^\[([ xX])\]\s+(?=\S)/.exec(text.content) : null;
    if (!text || !box) return "";
    text.content = text.content.slice(box[0].length);
    return box[1] === " " ? "☐" : "☑";
  }

  #fence({ content, info }: Token): void {
    const [word = ""] = /^\S*/.exec(info.trim()) ?? [];
    const language = isLanguage.test(word) ? word : "";
    // Many write the name of the file there.
    const title = info.trim().slice(language.length).trim();
    if (title !== "") {
      this.#output.code(withoutTabs(title));
      this.#output.join(1);
    }
    this.#code(content, language);
  }

  #code(content: string, language: string): void {
    const code = withoutTabs(content.replace(/\n$/, ""));
    if (code.trim() !== "") this.#output.block(code, language);
    else this.#output.separate(2);
  }

  #table(): void {
    const { table, next } = readTable(this.#tokens, this.#at);
    this.#at = next;
    writeTable(table, this.#output);
  }

  #footnote({ meta }: Token): void {
    this.#output.write(`[${String(meta?.["label"])}] `);
    this.#blocksTo("footnote_reference_close");
    this.#output.separate(1);
  }
}
