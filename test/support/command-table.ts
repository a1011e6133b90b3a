import type { Command } from "../../src/bot/context.ts";

const begin = "<!-- The commands: npm run readme writes them from src/bot/commands. -->";
const end = "<!-- The end of the commands. -->";

/**
 * A document with the table of all commands between its two marks, each under the heading of its group.
 * @throws Error when a mark is missing
 */
export function withCommandTable(document: string, commands: readonly Command[]): string {
  const [before, rest, ...more] = document.split(begin);
  const [old, after] = rest?.split(end) ?? [];
  if (before === undefined || old === undefined || after === undefined || more.length > 0) {
    throw new Error("the marks of the commands are missing");
  }
  return [before, begin, "\n\n", tableOf(commands), "\n\n", end, after].join("");
}

function tableOf(commands: readonly Command[]): string {
  const listed = commands.filter(({ isHidden }) => !isHidden);
  const groups = [...new Set(listed.map(({ group }) => group))];
  const rows = groups.flatMap((group) => [
    [`**${group}**`, ""],
    ...listed.filter((command) => command.group === group).map(rowOf),
  ]);
  return inMarkdown([["command", "what it does"], ["", ""], ...rows]);
}

function rowOf({ name, argument, description }: Command): string[] {
  const written = argument === undefined ? `/${name}` : `/${name} ${argument}`;
  return [`\`${written}\``, description].map((cell) => cell.replaceAll("|", String.raw`\|`));
}

/** The rows in columns of one width, as oxfmt writes them; the second one rules off the heading. */
function inMarkdown(rows: string[][]): string {
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row, index) => {
      const fill = index === 1 ? "-" : " ";
      const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0, fill));
      return `| ${cells.join(" | ")} |`;
    })
    .join("\n");
}
