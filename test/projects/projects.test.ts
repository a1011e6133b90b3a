import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { git, gitMissing, projectsIn, repository } from "../support/git.ts";

const skip = gitMissing();

test("projects are the folders of the workspace and those that opencode knows, each once", async (t) => {
  const { dir, workspaceDir, projects } = projectsIn(t);
  for (const name of ["web", "api", "api/sub", ".hidden", "uploads"])
    mkdirSync(join(workspaceDir, name));
  for (const name of ["elsewhere", "out", "data/kept", "switchboard/src"]) {
    mkdirSync(join(dir, name));
  }
  writeFileSync(join(workspaceDir, "notes.txt"), "");
  symlinkSync(join(dir, "out"), join(workspaceDir, "leads-out"));
  symlinkSync("web", join(workspaceDir, "again"));
  symlinkSync("nowhere", join(workspaceDir, "dangling"));
  symlinkSync("loop", join(workspaceDir, "loop"));
  symlinkSync(join(dir, "elsewhere"), join(dir, "known-by-link"));
  const known = [
    join(workspaceDir, "web"),
    join(workspaceDir, "api", "sub"),
    join(dir, "elsewhere"),
    join(dir, "known-by-link"),
    join(dir, "gone"),
    join(dir, "data", "kept"),
    join(dir, "switchboard", "src"),
    join(dir, "settings"),
    dir,
    "/",
    "relative",
    "with\0nul",
  ];
  const listed = await projects.list(known);
  t.equal(listed.isCut, false);
  t.same(
    listed.projects.map(({ name, directory }) => [name, directory]),
    [
      ["api", join(workspaceDir, "api")],
      ["api/sub", join(workspaceDir, "api", "sub")],
      ["elsewhere", join(dir, "elsewhere")],
      ["web", join(workspaceDir, "web")],
    ],
  );
});

test("a list of projects ends at 1,000, and is there within a second", async (t) => {
  const { workspaceDir, projects } = projectsIn(t);
  for (let number = 0; number < 1005; number += 1) {
    mkdirSync(join(workspaceDir, `project-${String(number).padStart(4, "0")}`, ".git"), {
      recursive: true,
    });
  }
  const took: number[] = [];
  // The tests that run beside this one may take the processor away from it for longer than that.
  while (took.length < 5 && !(Math.min(...took) < 1000)) {
    const began = performance.now();
    const { projects: listed, isCut } = await projects.list([]);
    took.push(performance.now() - began);
    t.equal(listed.length, 1000);
    t.equal(isCut, true);
    t.equal(listed.at(-1)?.name, "project-0999");
  }
  t.ok(Math.min(...took) < 1000, `${took.map(Math.round).join(", ")} ms`);
});

test("a workspace that is gone has no projects", async (t) => {
  const { workspaceDir, projects } = projectsIn(t);
  rmSync(workspaceDir, { recursive: true });
  t.same(await projects.list([]), { projects: [], isCut: false });
});

test("a project shows its branch, and whether it is a worktree", { skip }, async (t) => {
  const { workspaceDir, projects } = projectsIn(t);
  const site = repository(join(workspaceDir, "site"));
  git(site, "worktree", "add", "--quiet", "-b", "feature/one", "../site-one");
  git(site, "worktree", "add", "--quiet", "--detach", "../site-two");
  mkdirSync(join(workspaceDir, "plain"));
  repository(join(workspaceDir, "library"));
  git(site, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../library", "sub");
  const { projects: listed } = await projects.list([join(site, "sub")]);
  const facts = listed.map(({ name, isGit, branch, isWorktree }) => [
    name,
    { isGit, branch, isWorktree },
  ]);
  t.same(Object.fromEntries(facts), {
    library: { isGit: true, branch: "main", isWorktree: false },
    plain: { isGit: false, branch: undefined, isWorktree: false },
    site: { isGit: true, branch: "main", isWorktree: false },
    "site-one": { isGit: true, branch: "feature/one", isWorktree: true },
    "site-two": { isGit: true, branch: undefined, isWorktree: true },
    "site/sub": { isGit: true, branch: "main", isWorktree: false },
  });
});

test("what an agent wrote into .git neither holds the list nor shows other files", async (t) => {
  const { dir, workspaceDir, projects } = projectsIn(t);
  writeFileSync(join(dir, "data", "HEAD"), "the secret\n");
  const dotGit = (name: string, text: string) => {
    mkdirSync(join(workspaceDir, name));
    writeFileSync(join(workspaceDir, name, ".git"), text);
  };
  dotGit("pointer", `gitdir: ${join(dir, "data")}\n`);
  dotGit("noise", "\0".repeat(100_000));
  dotGit("nowhere", "gitdir: ../nowhere\n");
  mkdirSync(join(workspaceDir, "pipe", ".git"), { recursive: true });
  execFileSync("mkfifo", [join(workspaceDir, "pipe", ".git", "HEAD")]);
  mkdirSync(join(workspaceDir, "lines", ".git"), { recursive: true });
  writeFileSync(join(workspaceDir, "lines", ".git", "HEAD"), "ref: refs/heads/a\u001b[2Jb\n");
  const { projects: listed } = await projects.list([]);
  t.same(
    listed.map(({ name, isGit, branch }) => [name, isGit, branch]),
    [
      ["lines", true, undefined],
      ["noise", false, undefined],
      ["nowhere", false, undefined],
      ["pipe", false, undefined],
      ["pointer", true, undefined],
    ],
  );
});

test("a folder is found in the workspace, by its path, or by the name of one that opencode knows", async (t) => {
  const { dir, workspaceDir, projects } = projectsIn(t);
  mkdirSync(join(workspaceDir, "site", "sub"), { recursive: true });
  mkdirSync(join(workspaceDir, ".dotfiles"));
  mkdirSync(join(dir, "tools"));
  symlinkSync(join(dir, "tools"), join(workspaceDir, "linked"));
  const known = [join(dir, "tools"), join(workspaceDir, ".dotfiles")];
  const directories = {
    site: join(workspaceDir, "site"),
    "site/sub/": join(workspaceDir, "site", "sub"),
    "./site": join(workspaceDir, "site"),
    ".": workspaceDir,
    [join(workspaceDir, "site")]: join(workspaceDir, "site"),
    tools: join(dir, "tools"),
    linked: join(dir, "tools"),
    [join(dir, "tools")]: join(dir, "tools"),
    ".dotfiles": join(workspaceDir, ".dotfiles"),
  };
  for (const [text, directory] of Object.entries(directories)) {
    t.same(await projects.resolve(text, known), { kind: "folder", directory }, text);
  }
});

test("a folder where no agent may start is refused with its reason", async (t) => {
  const { dir, workspaceDir, projects } = projectsIn(t);
  for (const name of ["work/.git/objects", "tools", "a/same", "b/same", "data/kept"]) {
    mkdirSync(join(dir, name), { recursive: true });
  }
  mkdirSync(join(dir, "tools", "below"));
  writeFileSync(join(workspaceDir, "file"), "");
  symlinkSync(join(dir, "tools", "below"), join(workspaceDir, "out"));
  symlinkSync(join(dir, "data"), join(workspaceDir, "data"));
  symlinkSync(".git", join(workspaceDir, "hidden-by-link"));
  symlinkSync("loop", join(workspaceDir, "loop"));
  // Even if opencode knows them.
  const own = ["data", "data/kept", "switchboard", "settings", "."].map((name) => join(dir, name));
  const known = [...own, "/", join(dir, "tools"), join(dir, "a", "same"), join(dir, "b", "same")];
  const reasons = {
    "": "empty",
    " ": "empty",
    [`${"a/".repeat(1999)}ab`]: "too-long",
    ["a".repeat(300)]: "too-long",
    "si\0te": "unprintable",
    "si\nte": "unprintable",
    "../tools": "dots",
    "site/../../tools": "dots",
    "..": "dots",
    nothing: "missing",
    "/nothing/here": "missing",
    "~": "missing",
    file: "not-a-folder",
    "file/below": "not-a-folder",
    loop: "unreadable",
    ".git": "hidden",
    "hidden-by-link": "hidden",
    out: "outside",
    "/etc": "outside",
    [join(dir, "tools", "below")]: "outside",
    same: "ambiguous",
    data: "private",
    settings: "missing",
    "/": "private",
    [dir]: "private",
    [join(dir, "data")]: "private",
    [join(dir, "data", "kept")]: "private",
    [join(dir, "switchboard")]: "private",
    [join(dir, "settings")]: "private",
  };
  for (const [text, reason] of Object.entries(reasons)) {
    t.same(await projects.resolve(text, known), { kind: "refused", reason }, text.slice(0, 80));
  }
});
