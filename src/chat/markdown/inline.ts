import { withoutTabs } from "./harmless.ts";
import { acceptedUrl, shownTarget } from "./links.ts";
import type { Output, Style } from "./output.ts";
import type { Token } from "./parse.ts";

const styles: Record<string, Style> = { em: "italic", strong: "bold", s: "strikethrough" };

/** A link that was begun. */
interface OpenLink {
  from: number;
  target: string;
  title: string;
  /** Undefined for one that Telegram would not take, or that is inside of another. */
  url: string | undefined;
  isImage: boolean;
  /** What was written of it, to say whether it names its own target. */
  text: string;
}

/** Writes the tokens of a line of text. */
export function writeInline(tokens: readonly Token[], output: Output): void {
  new InlineWriter(output).all(tokens);
}

class InlineWriter {
  #output: Output;
  #links: OpenLink[] = [];

  constructor(output: Output) {
    this.#output = output;
  }

  all(tokens: readonly Token[]): void {
    for (const token of tokens) this.#one(token);
  }

  #one(token: Token): void {
    switch (token.type) {
      case "text":
        return this.#text(withoutTabs(token.content));
      case "code_inline":
        return this.#code(withoutTabs(token.content));
      case "softbreak":
      case "hardbreak":
        return this.#text("\n");
      case "html_inline":
        return this.#text(/^<br\s*\/?>$/i.test(token.content) ? "\n" : token.content);
      case "link_open":
        return this.#openLink(token, "href");
      case "link_close":
        return this.#closeLink();
      case "image":
        return this.#image(token);
      case "footnote_ref":
        return this.#text(`[${String(token.meta?.["label"])}]`);
      default:
        return this.#other(token);
    }
  }

  #other({ tag, nesting, content }: Token): void {
    const style = styles[tag];
    if (style && nesting === 1) this.#output.open(style);
    else if (style && nesting === -1) this.#output.close(style);
    else this.#text(content);
  }

  #text(text: string): void {
    this.#output.write(text);
    this.#note(text);
  }

  #code(text: string): void {
    // Code may not be inside of a link, so there the address counts for more than the look.
    const isLinked = this.#links.some(({ url }) => url !== undefined);
    if (isLinked) this.#output.write(text);
    else this.#output.code(text);
    this.#note(text);
  }

  #note(text: string): void {
    const link = this.#links.at(-1);
    if (link) link.text += text;
  }

  #openLink(token: Token, attribute: "href" | "src"): void {
    const target = String(token.attrGet(attribute) ?? "");
    const title = String(token.attrGet("title") ?? "");
    const isInside = this.#links.some(({ url }) => url !== undefined);
    const url = isInside ? undefined : acceptedUrl(target);
    const from = url === undefined ? 0 : this.#output.beginRange();
    this.#links.push({ from, target, title, url, isImage: attribute === "src", text: "" });
  }

  #closeLink(): void {
    const link = this.#links.pop();
    if (!link) return;
    const { from, target, title, url, text } = link;
    const shown = text.trim() === "" ? target : "";
    this.#output.write(shown);
    if (url !== undefined) this.#output.endLink(from, url);
    // An image that is a link leads where the link does.
    const outer = this.#links.at(-1);
    const isHidden = url !== undefined || shown !== "" || (outer && !outer.isImage);
    const address = isHidden ? "" : shownTarget(text, target);
    const notes = [address, title].filter(Boolean).join(", ");
    if (notes !== "") this.#output.write(` (${notes})`);
    this.#note(text + shown);
  }

  /** A picture is a link with its description: fetching it could carry data away. */
  #image(token: Token): void {
    this.#openLink(token, "src");
    this.all(token.children ?? []);
    this.#closeLink();
  }
}
