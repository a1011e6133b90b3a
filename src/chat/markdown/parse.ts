import { createRequire } from "node:module";
import type Parser from "markdown-it";
import type { Env, MarkdownIt, Token } from "markdown-it";

export type { Token } from "markdown-it";

/** What a Markdown text consists of. */
export interface Parsed {
  tokens: Token[];
  /** The targets of all link definitions (`[label]: target`). */
  targets: string[];
}

// Loaded with the first text: the start of the process is not to wait for it (20 ms, 13 MB).
const load = createRequire(import.meta.url);
let parser: MarkdownIt | undefined;

/** Parses CommonMark with GFM's tables, strikethrough and addresses, and with footnotes. */
export function parseMarkdown(source: string): Parsed {
  parser ??= newParser();
  const env: Env = {};
  const tokens = parser.parse(source, env);
  return { tokens, targets: Object.values(env.references ?? {}).map(({ href }) => href) };
}

function newParser(): MarkdownIt {
  const Constructor = load("markdown-it") as typeof Parser;
  const markdown = new Constructor({ html: true, linkify: true });
  markdown.use(load("markdown-it-footnote") as (markdown: MarkdownIt) => void);
  // A footnote stays where its author wrote it, and `^[` is a caret: the plugin would drop notes that
  // nothing refers to, and takes quadratic time to move the others to the end.
  markdown.disable(["footnote_inline", "footnote_tail"]);
  // Every target is kept as it was written; `links.ts` says which of them Telegram takes.
  markdown.validateLink = () => true;
  markdown.normalizeLink = (target) => target;
  markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });
  for (const schema of ["//", "ftp:", "mailto:"]) markdown.linkify.add(schema, null);
  return markdown;
}
