import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { isWithin, makeFolder, realPath } from "../src/folder.ts";
import { tempDir } from "./support/app.ts";

test("a folder is made with those above it, and one that is there stays as it is", async (t) => {
  const dir = tempDir(t);
  makeFolder(join(dir, "a", "b", "c"), 0o700);
  t.equal(statSync(join(dir, "a", "b")).mode & 0o777, 0o700);
  writeFileSync(join(dir, "a", "b", "c", "file"), "");
  makeFolder(join(dir, "a", "b", "c"));
  t.ok(existsSync(join(dir, "a", "b", "c", "file")));
  symlinkSync("a", join(dir, "link"));
  makeFolder(join(dir, "link", "b"));
  t.throws(() => makeFolder(join(dir, "a", "b", "c", "file")), { code: "EEXIST" });
  t.throws(() => makeFolder(join(dir, "a", "b", "c", "file", "x")), { code: "ENOTDIR" });
  t.throws(() => makeFolder("/proc/x/y/z"), { code: "ENOENT" });
});

test("a path is within a folder by its names, and the real one is found before it is there", async (t) => {
  t.ok(isWithin("/a/b", "/a") && isWithin("/a", "/a") && isWithin("/a", "/"));
  t.notOk(isWithin("/ab", "/a") || isWithin("/", "/a"));
  const dir = realPath(tempDir(t));
  mkdirSync(join(dir, "real"));
  symlinkSync("real", join(dir, "link"));
  t.equal(realPath(join(dir, "link", "x", "y")), join(dir, "real", "x", "y"));
});
