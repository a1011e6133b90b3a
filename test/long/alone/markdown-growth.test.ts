import { test } from "tap";
import { renderMarkdown, splitFormatted } from "../../../src/chat/markdown/render.ts";

const pieces = [
  [
    "*",
    "[",
    "`",
    "> ",
    "- ",
    "|",
    "*\n",
    "[\n",
    "`\n",
    "> \n",
    "- \n",
    "|\n",
    "_a ",
    "~~",
    "\\",
    "&",
  ],
  ["- a\n", "> a\n", "1. a\n", "# a\n", "```\na\n", "    a\n", "\n", "\t", "<", "<br>", "a**b"],
  ["**a *b ", "[a](", "![", "[](", "[x](https://a.b) ", "https://a.b ", "`a` ", "**a** "],
  ["**`a` [b](https://a.b)** ", "[^1]: x\n", "[a]: b\n", "[a]: b\n\nx\n\n", "a.py ", "a.py", "@"],
  ["@!.", "/", "/a", "#a ", "$A", "ü.b ", "👩🏽‍💻", "🇩🇪", "a ", "a. "],
].flat();

/** Inputs of n pieces that a careless parser, renderer or splitter takes quadratic time for. */
const hostile: Record<string, (n: number) => string> = {
  ...Object.fromEntries(pieces.map((piece) => [piece, (n: number) => piece.repeat(n)])),
  cells: (n) => `|a|b|\n|-|-|\n${"|x|y|\n".repeat(n / 2)}`,
  "linked cells": (n) => `|a|b|\n|-|-|\n${"|[x](https://a.b)|y|\n".repeat(n / 2)}`,
  "one row": (n) => `${"|a".repeat(n)}|\n${"|-".repeat(n)}|\n${"|x".repeat(n)}|`,
  "nested images": (n) => `${"![".repeat(n)}a${"](b)".repeat(n)}`,
  "nested links": (n) => `${"[".repeat(n)}a${"](https://a.b)".repeat(n)}`,
  "nested styles": (n) => `${"**a _b ".repeat(n)}${"_**".repeat(n)}`,
  "nested lists": (n) =>
    Array.from({ length: n }, (_, line) => `${"  ".repeat(line % 60)}- a`).join("\n"),
  "one style": (n) => `**${"a.py ".repeat(n)}**`,
  "one quote": (n) => `> ${"a.py ".repeat(n)}`,
  "one block of code": (n) => `\`\`\`\n${"a\n\n".repeat(n)}`,
};

test("four times as much takes about four times as long, whatever it is", async (t) => {
  const count = 20_000;
  for (const [name, make] of Object.entries(hostile)) {
    const costs = new Map<number, number>();
    const cost = (n: number) => {
      const spent = cpuMs(() => splitFormatted(renderMarkdown(make(n))));
      costs.set(n, Math.min(spent, costs.get(n) ?? Infinity));
      return costs.get(n) ?? 0;
    };
    const isLinear = () => cost(4 * count) <= 8 * Math.max(cost(count), 25);
    // The collection of garbage comes when it likes.
    t.ok(isLinear() || isLinear() || isLinear(), `${name}: ${[...costs.values()].join(", ")} ms`);
  }
});

/** Milliseconds of processor time: other processes do not count. */
function cpuMs(run: () => unknown): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
