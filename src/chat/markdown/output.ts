import type { MessageEntity } from "grammy/types";
import type { FormattedText } from "../formatted-text.ts";
import { harmless } from "./harmless.ts";

/** Styles of running text. */
export type Style = "bold" | "italic" | "underline" | "strikethrough";

/** What is put on a range. */
type Mark =
  | { type: Style | "code" | "blockquote" | "expandable_blockquote" }
  | { type: "pre"; language?: string }
  | { type: "text_link"; url: string };

/**
 * A text that is written, with its entities. Those of one style never overlap, nothing is inside of code,
 * and a style ends where a link begins or ends: Telegram would cut them there itself, and count the
 * pieces.
 */
export class Output {
  /** UTF-16 units written. */
  length = 0;
  entities: MessageEntity[] = [];
  /** What every line of text begins with: marks of nested quotes, the indent of a list. */
  prefix = "";
  // Never read before the end: each time, the engine would put all of it together.
  #text = "";
  /** The end of the last character that is no white space. */
  #visibleEnd = 0;
  #styles = new Map<Style, { depth: number; from: number }>();
  #lineEnds = 0;
  #isLineStart = true;

  /** What was written. */
  get formatted(): FormattedText {
    return { text: this.#text, entities: this.entities };
  }

  /** Writes running text; the lines after its first one begin with the prefix. */
  write(text: string): void {
    if (text === "") return;
    this.#begin(this.prefix);
    this.#put(this.prefix === "" ? text : text.replaceAll("\n", `\n${this.prefix}`));
  }

  /** Writes a text with its entities; where lines begin with something, it has to be one line. */
  append({ text, entities }: FormattedText): void {
    const from = this.beginRange();
    this.#put(text);
    for (const entity of entities) {
      this.entities.push({ ...entity, offset: entity.offset + from });
    }
  }

  /** What comes next stands at least so many line ends below: 2 for a blank line between. */
  separate(lineEnds: number): void {
    if (this.length > 0) this.#lineEnds = Math.max(this.#lineEnds, lineEnds);
  }

  /** What comes next stands so many line ends below, whatever was said before. */
  join(lineEnds: number): void {
    this.#lineEnds = this.length > 0 ? lineEnds : 0;
  }

  /** Begins a line of its own, without the prefix, and says where that is. */
  beginLine(): number {
    if (!this.#isLineStart) this.separate(1);
    this.#begin("");
    return this.length;
  }

  /** Writes lines of code, all in one entity. */
  block(text: string, language = ""): void {
    const from = this.beginLine();
    this.#put(text);
    this.mark(from, language === "" ? { type: "pre" } : { type: "pre", language });
    this.separate(2);
  }

  /** Writes code in running text. */
  code(text: string): void {
    const from = this.beginRange();
    this.#put(text);
    this.mark(from, { type: "code" });
    for (const style of this.#styles.values()) style.from = this.length;
  }

  /** Begins a style; one that has begun already goes on. */
  open(style: Style): void {
    const running = this.#styles.get(style);
    if (running) {
      running.depth += 1;
      return;
    }
    this.#begin(this.prefix);
    this.#styles.set(style, { depth: 1, from: this.length });
  }

  /** Ends a style that was begun. */
  close(style: Style): void {
    const running = this.#styles.get(style);
    if (!running) return;
    running.depth -= 1;
    if (running.depth > 0) return;
    this.#styles.delete(style);
    this.mark(running.from, { type: style });
  }

  /** Says where what comes next begins, which is no style's inside. */
  beginRange(): number {
    this.#begin(this.prefix);
    this.#cutStyles();
    return this.length;
  }

  /** Ends the link that began there. */
  endLink(from: number, url: string): void {
    this.#cutStyles();
    this.mark(from, { type: "text_link", url });
  }

  /** Puts an entity on what was written from there, unless nothing of it is seen. */
  mark(offset: number, mark: Mark): void {
    if (this.#visibleEnd <= offset) return;
    this.entities.push({ ...mark, offset, length: this.length - offset });
  }

  #put(given: string): void {
    // A reference (`&#x2067;`) has become what it stands for after the source was made harmless.
    const text = harmless(given);
    if (text === "") return;
    this.#text += text;
    const visible = text.trimEnd().length;
    if (visible > 0) this.#visibleEnd = this.length + visible;
    this.length += text.length;
    this.#isLineStart = text.endsWith("\n");
  }

  #begin(prefix: string): void {
    const isStart = this.length === 0;
    if (this.#lineEnds > 0) this.#put("\n".repeat(this.#lineEnds));
    if ((isStart || this.#lineEnds > 0) && prefix !== "") this.#put(prefix);
    this.#lineEnds = 0;
  }

  #cutStyles(): void {
    for (const [style, running] of this.#styles) {
      if (this.length > running.from) this.mark(running.from, { type: style });
      running.from = this.length;
    }
  }
}
