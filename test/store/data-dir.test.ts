import { chmodSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { openDataDir } from "../../src/store/data-dir.ts";
import { tempDir } from "../support/app.ts";

test("a data folder is created and closed to others, and has one holder", async (t) => {
  const dir = join(tempDir(t), "deep", "data");
  const { lock, isPrivate } = openDataDir(dir);
  t.ok(isPrivate);
  t.equal(statSync(dir).mode & 0o777, 0o700);
  t.throws(() => openDataDir(dir), { name: "StartError" });
  lock.release();
  chmodSync(dir, 0o755);
  const again = openDataDir(dir);
  t.equal(statSync(dir).mode & 0o777, 0o700);
  again.lock.release();
});
