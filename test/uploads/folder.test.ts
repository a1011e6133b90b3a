import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { partOf } from "../../src/telegram/kept-file.ts";
import { placeFor, removeFrom } from "../../src/uploads/folder.ts";
import { tempDir } from "../support/app.ts";

test("each prompt has a folder of its own, for this user alone, which git does not see", async (t) => {
  const dir = tempDir(t);
  t.equal(await placeFor(dir, 7, "a.txt"), join(dir, "uploads", "7", "a.txt"));
  await placeFor(dir, 7, "b.txt");
  await placeFor(dir, 8, "a.txt");
  t.same(readdirSync(join(dir, "uploads")).toSorted(), [".gitignore", "7", "8"]);
  t.equal(readFileSync(join(dir, "uploads", ".gitignore"), "utf8"), "*\n");
  for (const folder of ["uploads", "uploads/7"]) {
    t.equal(statSync(join(dir, folder)).mode & 0o777, 0o700, folder);
  }
});

test("a folder of that name which the project has stays visible to git", async (t) => {
  const dir = tempDir(t);
  mkdirSync(join(dir, "uploads"));
  await placeFor(dir, 7, "a.txt");
  t.same(readdirSync(join(dir, "uploads")), ["7"]);
  t.same(readdirSync(join(dir, "uploads", "7")), [".gitignore"]);
});

test("a link in the place of a folder is not followed, nor anything but a folder", async (t) => {
  const dir = tempDir(t);
  const outside = tempDir(t);
  symlinkSync(outside, join(dir, "uploads"));
  await t.rejects(placeFor(dir, 7, "a.txt"), { name: "FolderTaken" });
  const other = tempDir(t);
  mkdirSync(join(other, "uploads"));
  symlinkSync(outside, join(other, "uploads", "7"));
  await t.rejects(placeFor(other, 7, "a.txt"), { name: "FolderTaken" });
  writeFileSync(join(outside, "a.txt"), "precious");
  await removeFrom(join(other, "uploads", "7", "a.txt"));
  t.equal(readFileSync(join(outside, "a.txt"), "utf8"), "precious");
  const third = tempDir(t);
  writeFileSync(join(third, "uploads"), "");
  await t.rejects(placeFor(third, 7, "a.txt"), { name: "FolderTaken" });
});

test("a file is removed with what a crash left of it, and its folder with the last one", async (t) => {
  const dir = tempDir(t);
  const [a, b] = [await placeFor(dir, 7, "a.txt"), await placeFor(dir, 7, "b.txt")];
  for (const path of [a, b, partOf(a)]) writeFileSync(path, "x");
  await removeFrom(a);
  t.same(readdirSync(join(dir, "uploads", "7")), ["b.txt"]);
  await removeFrom(b);
  t.notOk(existsSync(join(dir, "uploads", "7")));
  await removeFrom(b);
});

test("what an agent moved away, or made itself, stays", async (t) => {
  const dir = tempDir(t);
  const path = await placeFor(dir, 7, "a.txt");
  writeFileSync(path, "x");
  renameSync(path, join(dir, "a.txt"));
  writeFileSync(join(dir, "uploads", "7", "own.txt"), "x");
  await removeFrom(path);
  t.ok(existsSync(join(dir, "a.txt")));
  t.same(readdirSync(join(dir, "uploads", "7")), ["own.txt"]);
  writeFileSync(join(dir, "elsewhere"), "x");
  await removeFrom(join(dir, "elsewhere"));
  t.ok(existsSync(join(dir, "elsewhere")), "a path in no folder of ours");
});
