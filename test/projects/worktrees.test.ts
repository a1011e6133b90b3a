import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { makeWorkspace } from "../../src/projects/workspace.ts";
import { git, gitMissing, program, projectsIn, repository } from "../support/git.ts";
import { tempDir } from "../support/app.ts";
import { until } from "../support/until.ts";

const skip = gitMissing();

test(
  "a branch gets a folder of its own: one that is there, one of the remote, or a new one",
  { skip },
  async (t) => {
    const { dir, workspaceDir, projects } = projectsIn(t);
    const remote = repository(join(dir, "remote"));
    git(remote, "branch", "theirs");
    git(remote, "commit", "--quiet", "--allow-empty", "--message=two");
    const site = join(workspaceDir, "site");
    git(dir, "clone", "--quiet", remote, site);
    git(site, "branch", "ours", "origin/theirs");
    const [older, newer] = ["origin/theirs", "HEAD"].map((name) => git(site, "rev-parse", name));
    for (const [branch, from, commit] of [
      ["ours", "branch", older],
      ["theirs", "remote", older],
      ["feature/new", "head", newer],
    ] as const) {
      const directory = join(workspaceDir, `site-${branch.replace("/", "-")}`);
      const outcome = await projects.addWorktree(site, branch);
      t.same(outcome, { kind: "added", directory, branch, from });
      t.equal(git(directory, "rev-parse", "HEAD"), commit);
      t.equal(git(directory, "symbolic-ref", "--short", "HEAD"), branch);
      t.equal(readFileSync(join(directory, "file"), "utf8"), "one\n");
    }
    t.equal(git(site, "rev-parse", "--abbrev-ref", "theirs@{upstream}"), "origin/theirs");
  },
);

test("a worktree of a worktree belongs to the same project", { skip }, async (t) => {
  const { workspaceDir, projects } = projectsIn(t);
  const site = repository(join(workspaceDir, "site"));
  await projects.addWorktree(site, "one");
  t.match(await projects.addWorktree(join(workspaceDir, "site-one"), "two"), {
    directory: join(workspaceDir, "site-two"),
  });
  rmSync(join(workspaceDir, "site-one"), { recursive: true });
  t.same(await projects.listWorktrees(site), {
    kind: "worktrees",
    worktrees: [
      { directory: site, branch: "main", isMain: true, isGone: false },
      { directory: join(workspaceDir, "site-one"), branch: "one", isMain: false, isGone: true },
      { directory: join(workspaceDir, "site-two"), branch: "two", isMain: false, isGone: false },
    ],
  });
});

test("worktrees of branches that look alike get distinct, safe folders", { skip }, async (t) => {
  const { workspaceDir, projects } = projectsIn(t);
  const site = repository(join(workspaceDir, "site"));
  mkdirSync(join(workspaceDir, "site-a-b"));
  for (const branch of ["a/b", "a-b", "ü/ß", `long-${"x".repeat(190)}`]) {
    t.match(await projects.addWorktree(site, branch), { kind: "added" }, branch);
  }
  t.same(readdirSync(workspaceDir).toSorted(), [
    "site",
    "site-a-b",
    "site-a-b-2",
    "site-a-b-3",
    "site-branch",
    `site-long-${"x".repeat(25)}`,
  ]);
});

test(
  "a branch that is checked out elsewhere is refused, and where is told",
  { skip },
  async (t) => {
    const { workspaceDir, projects } = projectsIn(t);
    const site = repository(join(workspaceDir, "site"));
    const reason = "checked-out";
    t.same(await projects.addWorktree(site, "main"), { kind: "refused", reason, directory: site });
    const both = await Promise.all([
      projects.addWorktree(site, "x"),
      projects.addWorktree(site, "x"),
    ]);
    t.same(both.map(({ kind }) => kind).toSorted(), ["added", "refused"]);
    const added = both.find((one) => one.kind === "added");
    t.match(await projects.addWorktree(site, "x"), { reason, directory: added?.directory });
    t.same(readdirSync(workspaceDir).length, 2, "the refused ones left no folder");
  },
);

test("what is no name of a branch is refused", { skip }, async (t) => {
  const { workspaceDir, projects } = projectsIn(t);
  const site = repository(join(workspaceDir, "site"));
  git(site, "checkout", "--quiet", "-b", "other");
  for (const branch of [
    "",
    "-",
    "-b",
    "--help",
    "@{-1}",
    "@",
    "HEAD",
    "a..b",
    "a b",
    "a\nb",
    "a\0b",
    "a~1",
    "a/",
    "/a",
    ".a",
    "a.lock",
    "a".repeat(4000),
    "a\u202eb",
    "\ud800",
  ]) {
    const outcome = await projects.addWorktree(site, branch);
    t.same(outcome, { kind: "refused", reason: "bad-branch" }, JSON.stringify(branch.slice(0, 20)));
  }
  t.same(readdirSync(workspaceDir), ["site"]);
});

test(
  "a folder that is not the top of a repository with a commit is refused",
  { skip },
  async (t) => {
    const { dir, workspaceDir, projects } = projectsIn(t);
    const refused = { kind: "refused", reason: "not-a-repository" };
    mkdirSync(join(workspaceDir, "plain"));
    t.same(await projects.addWorktree(join(workspaceDir, "plain"), "a"), refused);
    t.same(await projects.listWorktrees(join(workspaceDir, "plain")), refused);
    t.same(await projects.addWorktree(join(workspaceDir, "gone"), "a"), refused);
    // The workspace's own empty repository, and one of which the workspace is a part, are others.
    makeWorkspace(workspaceDir, dir);
    t.same(await projects.addWorktree(join(workspaceDir, "plain"), "a"), refused);
    const empty = join(workspaceDir, "empty");
    mkdirSync(empty);
    git(empty, "init", "--quiet");
    t.same(await projects.addWorktree(empty, "a"), { kind: "refused", reason: "no-commit" });
    const bare = join(workspaceDir, "bare");
    mkdirSync(bare);
    git(bare, "init", "--quiet", "--bare");
    t.same(await projects.addWorktree(bare, "a"), refused);
  },
);

test("a repository's own hooks do not run", { skip }, async (t) => {
  const { dir, workspaceDir, projects } = projectsIn(t);
  const site = repository(join(workspaceDir, "site"));
  program(join(site, ".git", "hooks"), "post-checkout", `touch ${dir}/ran`);
  t.match(await projects.addWorktree(site, "a"), { kind: "added" });
  t.notOk(existsSync(join(dir, "ran")));
});

test(
  "a worktree that is stopped half way leaves nothing, and can be added again",
  { skip },
  async (t) => {
    const bin = join(tempDir(t), "bin");
    const path = process.env["PATH"];
    const { dir, workspaceDir, projects } = projectsIn(t, { env: { PATH: `${bin}:${path}` } });
    // The real git is at work in the middle of its checkout, in a filter.
    const site = repository(join(workspaceDir, "site"));
    program(bin, "slow", `touch ${dir}/begun; [ -e ${dir}/fast ] || sleep 600; cat`);
    git(site, "config", "filter.slow.smudge", join(bin, "slow"));
    writeFileSync(join(site, ".gitattributes"), "file filter=slow\n");
    git(site, "add", ".gitattributes");
    git(site, "commit", "--quiet", "--message=two");
    const stop = new AbortController();
    const adding = projects.addWorktree(site, "a", stop.signal);
    await until(() => existsSync(join(dir, "begun")) || undefined);
    stop.abort();
    t.same(await adding, { kind: "failed", reason: "stopped" });
    t.same(readdirSync(workspaceDir), ["site"]);
    writeFileSync(join(dir, "fast"), "");
    t.match(await projects.addWorktree(site, "a"), { kind: "added", from: "branch" });
  },
);
