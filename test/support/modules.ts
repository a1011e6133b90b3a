import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import table from "../../modules.json" with { type: "json" };

const root = join(import.meta.dirname, "..", "..");

/** One folder of `src`, as `modules.json` describes it. */
export interface Module {
  what: string;
  imports: string[];
  /** The tables whose SQL stands in this module alone. */
  tables?: string[];
}

/** A source file: its path from the root of the repository, and its text. */
export interface Source {
  path: string;
  text: string;
}

/** The modules by name, from the bottom layer up. */
export const modules = new Map<string, Module>(
  table.layers.flatMap((layer) => Object.entries(layer)),
);

/** The modules that routes may import. */
export const routeImports = table.routes;

/** The number of a module's layer; 0 is the lowest. */
export function layerOf(name: string): number {
  return table.layers.findIndex((layer) => name in layer);
}

/** The TypeScript files of some folders. */
export function sourcesOf(...folders: string[]): Source[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => ({
        path: join(folder, name),
        text: readFileSync(join(root, folder, name), "utf8"),
      })),
  );
}

/** The files of ours that a file imports, types and `import("…").Type` included. */
export function importsOf({ path, text }: Source): string[] {
  const found = text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"(\.{1,2}\/[^"]+)"/g);
  return [...found].map(([, target = ""]) => relative(root, resolve(root, dirname(path), target)));
}

/** The module a file of `src` belongs to; undefined for files outside of one. */
export function moduleOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1];
}

/** The first cycle in a graph, as the names along it; undefined when there is none. */
export function cycleIn(graph: Map<string, string[]>): string[] | undefined {
  const done = new Set<string>();
  const visit = (name: string, way: string[]): string[] | undefined => {
    if (way.includes(name)) return [...way.slice(way.indexOf(name)), name];
    if (done.has(name)) return undefined;
    for (const next of graph.get(name) ?? []) {
      const cycle = visit(next, [...way, name]);
      if (cycle) return cycle;
    }
    done.add(name);
    return undefined;
  };
  for (const name of graph.keys()) {
    const cycle = visit(name, []);
    if (cycle) return cycle;
  }
  return undefined;
}

/** The tables that the SQL of a file names. */
export function tablesIn({ text }: Source): string[] {
  const sql = text.matchAll(/\b(?:FROM|INTO|JOIN|UPDATE|TABLE) ([a-z_]+)|\btable: "([a-z_]+)"/g);
  return [...new Set([...sql].map(([, name, named]) => name ?? named ?? ""))];
}

/** The calls of array methods in a file whose callback names a transaction. */
export function transactionCallbacks({ text }: Source): string[] {
  const methods =
    /\.(?:map|flatMap|filter|forEach|some|every|find|findLast|findIndex|reduce|sort|toSorted)\(/g;
  return [...text.matchAll(methods)]
    .map(({ index, 0: call }) => text.slice(index, closing(text, index + call.length)))
    .filter((call) => /\btransaction\b/.test(call));
}

/** The index behind the parenthesis that closes the one before `start`. */
function closing(text: string, start: number): number {
  let depth = 1;
  for (let at = start; at < text.length; at += 1) {
    if (text[at] === "(") depth += 1;
    if (text[at] === ")") depth -= 1;
    if (depth === 0) return at + 1;
  }
  return text.length;
}

/** The table of modules as CONTRIBUTING.md shows it. */
export function moduleTable(): string {
  const rows = [...modules]
    .toReversed()
    .map(([name, { what, imports }]) => [`\`${name}\``, what, imports.join(", ") || "–"]);
  const all = [["module", "responsibility", "may import"], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]!.length)));
  const line = (cells: string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`;
  const rule = widths.map((width) => "-".repeat(width));
  return [line(all[0]!), line(rule), ...rows.map(line)].join("\n");
}

if (import.meta.main) process.stdout.write(`${moduleTable()}\n`);
