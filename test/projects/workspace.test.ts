import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { makeWorkspace } from "../../src/projects/workspace.ts";
import { tempDir } from "../support/app.ts";

test("a workspace inside Switchboard's own folder is a repository of its own, any other is left as it is", async (t) => {
  const dir = tempDir(t);
  const inside = join(dir, "switchboard", "work");
  makeWorkspace(inside, join(dir, "switchboard"));
  t.equal(readFileSync(join(inside, ".git", "HEAD"), "utf8"), "ref: refs/heads/main\n");
  t.same(readdirSync(join(inside, ".git")).toSorted(), ["HEAD", "objects", "refs"]);
  writeFileSync(join(inside, ".git", "HEAD"), "ref: refs/heads/other\n");
  makeWorkspace(inside, join(dir, "switchboard"));
  t.match(readFileSync(join(inside, ".git", "HEAD"), "utf8"), /other/, "kept as it is");

  const beside = join(dir, "switchboard-work");
  makeWorkspace(beside, join(dir, "switchboard"));
  t.same(readdirSync(beside), []);
});
