import { mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Test, test } from "tap";
import { readFolder, sizesIn } from "../../src/replies/folder-inside.ts";
import { openFenced } from "../../src/replies/open-inside.ts";
import { tempDir } from "../support/app.ts";

async function opened(t: Test, path: string) {
  const fence = { roots: [path], secrets: [] };
  const one = await openFenced(path, fence);
  t.teardown(() => one.file.close());
  return { one, fence };
}

test("a folder of very many entries, or with names that are no UTF-8, is read in part and says so", async (t) => {
  const dir = tempDir(t);
  for (const name of ["b", "a", "c"]) writeFileSync(join(dir, name), name);
  const { one, fence } = await opened(t, dir);
  const whole = { isCut: false, entries: [{ name: "a" }, { name: "b" }, { name: "c" }] };
  t.match(await readFolder(one, fence), whole);
  t.match(await readFolder(one, fence, 3), whole);
  t.match(await readFolder(one, fence, 2), { isCut: true, entries: { length: 2 } });
  writeFileSync(Buffer.concat([Buffer.from(`${dir}/`), Buffer.from([0xff])]), "x");
  t.match(await readFolder(one, fence), { ...whole, isCut: true });
});

test("a folder that is exchanged after it was opened is still the one that is read", async (t) => {
  const [dir, elsewhere] = [tempDir(t), tempDir(t)];
  const path = join(dir, "folder");
  mkdirSync(path);
  writeFileSync(join(path, "mine"), "mine");
  writeFileSync(join(elsewhere, "mine"), "a secret of another length");
  writeFileSync(join(elsewhere, "secret"), "x");
  const { one, fence } = await opened(t, path);
  renameSync(path, join(dir, "moved"));
  symlinkSync(elsewhere, path);
  t.match(await readFolder(one, fence), { entries: [{ name: "mine", kind: "file" }] });
  t.same([...(await sizesIn(one, ["mine", "secret"]))], [["mine", 4]]);
});
