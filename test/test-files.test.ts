import { globSync, readFileSync } from "node:fs";
import { join, matchesGlob } from "node:path";
import { test } from "tap";
import { parts, testsOfPart } from "./support/import-tests.ts";

const root = join(import.meta.dirname, "..");
const { scripts, tap } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
  tap: { include: string[] };
};

test("every test is run by npm test or test:long, and only once", async (t) => {
  const numbers = Array.from({ length: parts }, (_, index) => index + 1);
  const shared = numbers.flatMap((part) => testsOfPart(part).map((file) => join("test", file)));
  const files = globSync("test/**/*.test.ts", { cwd: root });
  t.ok(files.length > 0);
  for (const file of files) {
    const own = tap.include.filter((pattern) => matchesGlob(file, pattern));
    t.same(own.length + shared.filter((name) => name === file).length, 1, file);
  }
  const run = globSync("test/parts/*.ts", { cwd: root }).toSorted();
  t.same(run, numbers.map((part) => `test/parts/${part}.ts`).toSorted());
  t.ok(run.every((file) => tap.include.some((pattern) => matchesGlob(file, pattern))));
});

// tap heeds no `--exclude` for files that are named.
test("every long test is run by one of the scripts of test:long", async (t) => {
  const named = ["test:long:together", "test:long:alone"].flatMap((script) =>
    [...(scripts[script] ?? "").matchAll(/'([^']+)'/g)].map(([, pattern = ""]) => pattern),
  );
  const files = globSync("test/long/**/*.test.ts", { cwd: root });
  t.ok(files.length > 0);
  for (const file of files) {
    t.equal(named.filter((pattern) => matchesGlob(file, pattern)).length, 1, file);
  }
});
