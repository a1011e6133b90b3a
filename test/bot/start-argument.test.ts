import { test } from "tap";
import { readStart, startOf } from "../../src/bot/start-argument.ts";

const nothing = {
  name: undefined,
  folder: undefined,
  branch: undefined,
  mode: undefined,
  isUnclear: false,
};

test("what follows /start is a name, a folder that may have spaces in it, and a branch", (t) => {
  const read = {
    "": {},
    site: { name: "site" },
    "site docs": { name: "site", folder: "docs" },
    "site  /srv/my  docs ": { name: "site", folder: "/srv/my  docs" },
    "site docs --worktree fix": { name: "site", folder: "docs", branch: "fix" },
    "site --worktree fix docs": { name: "site", folder: "docs", branch: "fix" },
    "site my docs —worktree fix": { name: "site", folder: "my docs", branch: "fix" },
    "site a--b –x- c": { name: "site", folder: "a--b –x- c" },
    "site --continue": { name: "site", mode: "continue" },
    "site --fresh": { name: "site", mode: "fresh" },
    "--fresh site": { name: "site", mode: "fresh" },
    "site\ndocs": { name: "site", folder: "docs" },
  };
  for (const [written, wanted] of Object.entries(read)) {
    t.same(readStart(written), { ...nothing, ...wanted }, written);
  }
  t.end();
});

test("an option that is none, or a branch that is missing, is unclear", (t) => {
  for (const written of ["site --worktree", "site --yolo", "site docs —x", "--worktree"]) {
    t.equal(readStart(written).isUnclear, true, written);
  }
  t.end();
});

test("what a button carries is no option, whatever it is called", async (t) => {
  t.same(startOf({ agent: "--fresh", folder: "/srv/x --worktree y" }), {
    name: "--fresh",
    folder: "/srv/x --worktree y",
    branch: undefined,
    mode: undefined,
    isUnclear: false,
  });
});
