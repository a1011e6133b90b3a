import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { DataDirLock } from "../../src/store/sqlite.ts";
import { tempDir } from "../support/app.ts";

test("a data folder has one holder at a time, and the second is told who it is", async (t) => {
  const dir = tempDir(t);
  const first = new DataDirLock(dir);
  t.throws(() => new DataDirLock(dir), { name: "StartError", message: `process ${process.pid}` });
  first.release();
  first.release();
  const second = new DataDirLock(dir);
  second.release();
});

test("a note left by a process that died holds nobody up", async (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, "holder"), "process 1\n");
  new DataDirLock(dir).release();
});
