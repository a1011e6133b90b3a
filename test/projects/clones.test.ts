import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type Test } from "tap";
import { git, gitMissing, program, projectsIn, repository } from "../support/git.ts";
import { tempDir } from "../support/app.ts";
import { until } from "../support/until.ts";

const skip = gitMissing();
const path = process.env["PATH"] ?? "";

/** A repository to clone from by `file`, and projects that may. */
function withRemote(t: Test, settings: Parameters<typeof projectsIn>[1] = {}) {
  const remote = repository(join(tempDir(t), "site.git"));
  return {
    url: `file://${remote}`,
    remote,
    ...projectsIn(t, { protocols: ["file"], ...settings }),
  };
}

/** Projects whose git is a script; `$real` runs the real one. */
function withDouble(t: Test, script: string, settings: Parameters<typeof projectsIn>[1] = {}) {
  const bin = join(tempDir(t), "bin");
  const made = projectsIn(t, { ...settings, env: { PATH: `${bin}:${path}`, ...settings.env } });
  program(bin, "git", `real() { PATH='${path}' exec git "$@"; }\ncd '${made.dir}'\n${script}`);
  return made;
}

const hangs = `
  case " $* " in *" clone "*) ;; *) real "$@" ;; esac
  for made; do :; done
  mkdir -p "$made"; echo half >"$made/file"
  sleep 600 &
  echo "$$ $!" >pids.new; mv pids.new pids
  wait`;

/** Resolves to the processes of the hanging git once it is in the middle of its clone. */
async function running(dir: string): Promise<string[]> {
  const file = join(dir, "pids");
  await until(() => existsSync(file) || undefined);
  return readFileSync(file, "utf8").trim().split(" ");
}

/** Resolves once a process is gone, or is waited for by nobody. */
function gone(pid: string) {
  return until(() => {
    try {
      const state = execFileSync("ps", ["-o", "stat=", "-p", pid]).toString();
      return state.startsWith("Z") || undefined;
    } catch {
      return true;
    }
  });
}

test("a repository is cloned under the name of its URL or the given one", { skip }, async (t) => {
  const { url, remote, workspaceDir, projects } = withRemote(t);
  const directory = join(workspaceDir, "site");
  t.same(await projects.clone(url), { kind: "cloned", name: "site", directory });
  t.equal(readFileSync(join(directory, "file"), "utf8"), "one\n");
  t.equal(git(directory, "remote", "get-url", "origin"), `file://${remote}`);
  t.match(await projects.clone(url, "copy"), { kind: "cloned", name: "copy" });
  t.same(readdirSync(workspaceDir).toSorted(), ["copy", "site"]);
});

test("a name that is taken or not right is refused", { skip }, async (t) => {
  const { url, workspaceDir, projects } = withRemote(t);
  writeFileSync(join(workspaceDir, "taken"), "");
  t.same(await projects.clone(url, "taken"), { kind: "refused", reason: "exists" });
  for (const name of ["", ".", "..", ".git", "-x", "a/b", "a b", "ä", "a\n", "a".repeat(4000)]) {
    t.same(await projects.clone(url, name), { kind: "refused", reason: "bad-name" }, name);
  }
  t.same(await projects.clone("file:///somewhere/%20"), { kind: "refused", reason: "bad-name" });
  t.same(readdirSync(workspaceDir), ["taken"]);
});

test("the same clone twice at once is made once", { skip }, async (t) => {
  const { url, workspaceDir, projects } = withRemote(t);
  const both = await Promise.all([projects.clone(url), projects.clone(url)]);
  t.match(both, [{ kind: "cloned" }, { kind: "refused", reason: "in-progress" }]);
  t.same(await projects.clone(url), { kind: "refused", reason: "exists" });
  t.same(readdirSync(workspaceDir), ["site"]);
});

test("a URL that is refused starts no git", async (t) => {
  const { dir, projects, kept } = withDouble(t, "touch started");
  const urls = {
    "file:///etc": "protocol",
    "ext::sh": "protocol",
    "http://example.com/a": "protocol",
    "--upload-pack=touch": "bad-url",
    "https://example.com/a\nb": "bad-url",
    "https://me:the-password@example.com/a": "credentials",
  };
  for (const [url, reason] of Object.entries(urls)) {
    t.same(await projects.clone(url), { kind: "refused", reason }, url);
  }
  t.notOk(existsSync(join(dir, "started")));
  t.notMatch(kept.lines.join(""), /the-password/);
});

test("git itself uses no other protocol, wherever a URL is led", { skip }, async (t) => {
  const { dir, projects } = projectsIn(t);
  const remote = repository(join(dir, "remote"));
  writeFileSync(
    join(dir, "gitconfig"),
    `[url "file://${remote}"]\n\tinsteadOf = https://example.com/site\n[protocol]\n\tallow = always\n`,
  );
  t.same(await projects.clone("https://example.com/site"), { kind: "failed", reason: "failed" });
});

test("git gets no environment but the given one, asks nothing, and takes the URL for nothing else", async (t) => {
  process.env["SWITCHBOARD_TEST_SECRET"] = "the-secret";
  t.teardown(() => delete process.env["SWITCHBOARD_TEST_SECRET"]);
  const env = { GIT_DIR: "/x", GIT_TRACE: "1", SSH_ASKPASS: "/x", GIT_SSL_CAINFO: "/ca" };
  const { dir, projects } = withDouble(
    t,
    `case " $* " in *" clone "*) env >env; printf '%s\\n' "$@" >words ;; *) echo my-ssh -v ;; esac`,
    { env },
  );
  await projects.clone("https://example.com/site", "mine");
  const lines = readFileSync(join(dir, "env"), "utf8").split("\n");
  for (const line of [
    "GIT_TERMINAL_PROMPT=0",
    "GIT_ALLOW_PROTOCOL=https:ssh",
    "GIT_SSH_COMMAND=my-ssh -v -o BatchMode=yes",
    "GIT_ASKPASS=",
    "GIT_SSL_CAINFO=/ca",
  ]) {
    t.ok(lines.includes(line), line);
  }
  t.notOk(lines.some((line) => /^(GIT_DIR|GIT_TRACE|SWITCHBOARD_TEST_SECRET)=/.test(line)));
  const words = readFileSync(join(dir, "words"), "utf8").trim().split("\n");
  t.same(words.slice(-3, -1), ["--", "https://example.com/site"]);
  t.ok(words.includes("core.hooksPath=/dev/null"));
});

test("a clone that is stopped ends with all its processes, and leaves nothing", async (t) => {
  const { dir, workspaceDir, projects } = withDouble(t, hangs);
  const stop = new AbortController();
  const clone = projects.clone("https://example.com/site", undefined, stop.signal);
  const pids = await running(dir);
  t.equal(readdirSync(workspaceDir).length, 1, "it is at work");
  t.same((await projects.list([])).projects, [], "half a clone is no project");
  t.same(await projects.resolve(readdirSync(workspaceDir)[0] ?? "", []), {
    kind: "refused",
    reason: "hidden",
  });
  stop.abort();
  t.same(await clone, { kind: "failed", reason: "stopped" });
  for (const pid of pids) t.ok(await gone(pid));
  t.same(readdirSync(workspaceDir), []);
  t.same(await projects.clone("https://example.com/site", undefined, stop.signal), {
    kind: "failed",
    reason: "stopped",
  });
});

test("a clone that takes too long is killed with all its processes, and leaves nothing", async (t) => {
  const { dir, workspaceDir, projects } = withDouble(t, hangs, { timeoutMs: 1000 });
  const outcome = await projects.clone("https://example.com/site");
  t.same(outcome, { kind: "failed", reason: "timeout" });
  for (const pid of await running(dir)) t.ok(await gone(pid));
  t.same(readdirSync(workspaceDir), []);
});

test("what a crash left of a clone is removed by a later one", { skip }, async (t) => {
  const { url, workspaceDir, projects } = withRemote(t);
  const at = (ms: number) => `.switchboard-clone-${ms.toString(36)}-abcdef`;
  const [old, recent] = [at(Date.now() - 24 * 3600_000), at(Date.now() - 60_000)];
  for (const name of [old, recent, ".other"])
    mkdirSync(join(workspaceDir, name, "site"), { recursive: true });
  t.match(await projects.clone(url), { kind: "cloned" });
  t.same(readdirSync(workspaceDir).toSorted(), [".other", recent, "site"]);
});

test("why a clone failed is told apart, and nothing is left of it", { skip }, async (t) => {
  const { url, workspaceDir, projects, dir } = withRemote(t, {
    protocols: ["file", "https", "ssh"],
  });
  const ssh = (said: string) =>
    writeFileSync(
      join(dir, "gitconfig"),
      `[core]\n\tsshCommand = ${program(dir, "ssh", `echo "$@" >>${dir}/ssh-words; echo '${said}' >&2; exit 255`)}\n`,
    );
  t.same(await projects.clone(`${url}-not`), { kind: "failed", reason: "not-found" });
  t.same(await projects.clone("https://127.0.0.1:1/a"), { kind: "failed", reason: "unreachable" });
  ssh("git@example.com: Permission denied (publickey).");
  t.same(await projects.clone("git@example.com:a"), { kind: "failed", reason: "no-access" });
  ssh("Host key verification failed.");
  t.same(await projects.clone("ssh://example.com/a"), { kind: "failed", reason: "unknown-host" });
  t.match(readFileSync(join(dir, "ssh-words"), "utf8"), /-o BatchMode=yes .*git@example\.com/);
  t.same(readdirSync(workspaceDir), []);
});

test("no login is logged that git prints", async (t) => {
  const { projects, kept } = withDouble(
    t,
    `case " $* " in *" clone "*) echo "fatal: https://me:my-token@example.com/a failed" >&2 ;; esac; exit 128`,
  );
  t.same(await projects.clone("https://example.com/a"), { kind: "failed", reason: "failed" });
  t.match(kept.lines.join(""), /fatal: https:.*example\.com/);
  t.notMatch(kept.lines.join(""), /my-token/);
});

test("neither hooks nor submodules come with a clone", { skip }, async (t) => {
  const { url, remote, dir, workspaceDir, projects } = withRemote(t);
  repository(join(remote, "..", "library"));
  git(
    remote,
    "-c",
    "protocol.file.allow=always",
    "submodule",
    "--quiet",
    "add",
    "../library",
    "sub",
  );
  git(remote, "commit", "--quiet", "--message=two");
  program(join(dir, "template", "hooks"), "post-checkout", `touch ${dir}/ran`);
  program(join(dir, "hooks"), "post-checkout", `touch ${dir}/ran`);
  writeFileSync(
    join(dir, "gitconfig"),
    `[init]\n\ttemplateDir = ${dir}/template\n[core]\n\thooksPath = ${dir}/hooks\n[submodule]\n\trecurse = true\n`,
  );
  t.match(await projects.clone(url), { kind: "cloned" });
  t.notOk(existsSync(join(dir, "ran")));
  t.same(readdirSync(join(workspaceDir, "site", "sub")), []);
});

test("a clone is open to others as the operator's umask says", { skip }, async (t) => {
  const { url, workspaceDir, projects } = withRemote(t, { umask: 0o027 });
  t.match(await projects.clone(url), { kind: "cloned" });
  t.equal(statSync(join(workspaceDir, "site")).mode & 0o777, 0o750);
  t.equal(statSync(join(workspaceDir, "site", "file")).mode & 0o777, 0o640);
});

test("a machine without git says so", async (t) => {
  const bin = join(tempDir(t), "bin");
  mkdirSync(bin);
  const bare = projectsIn(t, { env: { PATH: bin } });
  t.same(await bare.projects.clone("https://example.com/a"), { kind: "git-missing" });
  t.same(await bare.projects.addWorktree(bare.workspaceDir, "a"), { kind: "git-missing" });
  t.same(await bare.projects.listWorktrees(bare.workspaceDir), { kind: "git-missing" });
  t.same(readdirSync(bare.workspaceDir), []);
  program(bin, "sh", 'exec /bin/sh "$@"');
  const shell = projectsIn(t, { env: { PATH: bin }, umask: 0o022 });
  t.same(await shell.projects.clone("https://example.com/a"), { kind: "git-missing" });
});

test("a workspace that is gone fails a clone", { skip }, async (t) => {
  const { url, workspaceDir, projects } = withRemote(t);
  execFileSync("rmdir", [workspaceDir]);
  t.same(await projects.clone(url), { kind: "failed", reason: "failed" });
});
