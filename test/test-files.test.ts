import { globSync, readFileSync } from "node:fs";
import { dirname, join, matchesGlob } from "node:path";
import { test } from "tap";

const root = join(import.meta.dirname, "..");
const { tap } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  tap: { include: string[] };
};
const folders = globSync("test/*/all.ts", { cwd: root }).map(dirname);

test("every test is run by npm test or test:long, and only once", async (t) => {
  const files = globSync("test/**/*.test.ts", { cwd: root });
  t.ok(files.length > 0);
  for (const file of files) {
    const own = tap.include.filter((pattern) => matchesGlob(file, pattern));
    const shared = folders.filter((folder) => file.startsWith(`${folder}/`));
    t.same(own.length + shared.length, 1, file);
  }
});
