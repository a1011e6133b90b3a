import { moduleOf, sourcesOf } from "./modules.ts";

const begins = "(?:SELECT|INSERT|UPDATE|DELETE|WITH) ";
const literals = new RegExp(`"(${begins}[^"\\n]*)"|\`(${begins}[^\`]*)\``, "g");

/** A statement in the source: where it stands, and what it looks like with its gaps filled. */
export interface WrittenStatement {
  module: string;
  text: string;
  pattern: RegExp;
}

/** Every SQL statement in the modules of src, the migrations left out. */
export function writtenStatements(): WrittenStatement[] {
  return sourcesOf("src")
    .filter(({ path }) => !path.startsWith("src/store/migrations/"))
    .flatMap(({ path, text }) =>
      [...text.matchAll(literals)].map(([, quoted, template]) => {
        const sql = (quoted ?? template ?? "").replaceAll("\\\\", "\\");
        return { module: moduleOf(path) ?? path, text: sql, pattern: patternOf(sql) };
      }),
    );
}

/** `${…}` may be anything, and white space is as long as it likes. */
function patternOf(sql: string): RegExp {
  const parts = sql.split(/\$\{[^}]*\}/).map((part) =>
    part
      .split(/\s+/)
      .map((word) => RegExp.escape(word))
      .join("\\s+"),
  );
  return new RegExp(`^${parts.join("[^]*?")}$`);
}
