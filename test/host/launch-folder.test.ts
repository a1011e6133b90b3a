import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { launchFolder } from "../../src/host/launch-folder.ts";
import { tempDir } from "../support/app.ts";

test("where projects decide nothing, opencode is started in a folder that no project has files in", async (t) => {
  const dataDir = tempDir(t);
  t.equal(launchFolder("trust", dataDir), undefined);
  for (const start of ["first", "next"]) {
    const folder = launchFolder("ignore", dataDir) ?? "";
    t.equal(folder, join(dataDir, "launch"), start);
    t.equal(readFileSync(join(folder, "tsconfig.json"), "utf8"), "{}\n");
    t.equal(statSync(folder).mode & 0o777, 0o700);
  }
});
