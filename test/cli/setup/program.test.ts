import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";

const root = join(import.meta.dirname, "../../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");

test("the questions of a terminal are loaded only by setup, and only on a terminal", async (t) => {
  const files = globSync("{src,plugins,routes,cli,sandbox,agent}/**/*.ts", { cwd: root });
  t.same(
    files.filter((file) => read(file).includes('"@clack/')),
    ["cli/setup/clack.ts"],
  );
  t.same(
    files.filter((file) => read(file).includes('/clack.ts"')),
    ["cli/setup/program.ts"],
  );
  t.match(read("cli/setup/program.ts"), 'await import("./clack.ts")');
});
