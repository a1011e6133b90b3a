import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { isOlder, oldestOpencode, testedOpencode, toolVersions } from "../../src/host/versions.ts";

/** A folder of programs that say these words of themselves. */
function programs(dir: string, says: Record<string, string>): string {
  for (const [name, script] of Object.entries(says)) {
    writeFileSync(join(dir, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(dir, name), 0o755);
  }
  return dir;
}

test("each program tells its version, and nothing is wrong with it", async (t) => {
  const PATH = programs(t.testdir({}), {
    tmux: "echo tmux 3.3a",
    opencode: `echo ${testedOpencode}`,
    curl: 'echo "curl 7.88.1 (x86_64-pc-linux-gnu) libcurl/7.88.1"; echo "Release-Date: 2023"',
  });
  t.same(await toolVersions({ bin: "opencode", env: { PATH } }), [
    { name: "tmux", found: true, version: "3.3a" },
    { name: "opencode", found: true, version: testedOpencode },
    { name: "curl", found: true, version: "7.88.1" },
  ]);
  const own = join(PATH, "opencode");
  const found = await toolVersions({ bin: "./opencode", env: {}, cwd: PATH }, ["opencode"]);
  t.match(found, [{ found: true, version: testedOpencode }]);
  t.match(await toolVersions({ bin: own, env: {} }, ["opencode"]), found);
});

test("what is missing, broken or too old is told in one line with the remedy", async (t) => {
  const empty = t.testdir({});
  t.match(await toolVersions({ bin: "/nonexistent", env: { PATH: empty } }), [
    { name: "tmux", found: false, problem: /^tmux is not installed.*install it/ },
    { name: "opencode", found: false, problem: /^OPENCODE_BIN cannot be run: install opencode/ },
    { name: "curl", found: false, problem: /^curl is not installed.*install it/ },
  ]);
  const PATH = programs(t.testdir({}), { tmux: "exit 3", opencode: "echo 1.2.15", curl: "echo ?" });
  const told = await toolVersions({ bin: "opencode", env: { PATH } });
  t.match(told, [
    { found: true, problem: /^tmux does not run: `tmux -V` ends with 3; install it again/ },
    { found: true, version: "1.2.15", problem: /^opencode 1\.2\.15 is too old: install/ },
    { found: true, version: undefined, problem: undefined },
  ]);
  t.match(told[1]?.problem, oldestOpencode);
  t.ok(told.every(({ problem = "" }) => !problem.includes("\n")));
});

test("versions compare by their numbers, and what is none is never too old", async (t) => {
  for (const [version, than, expected] of [
    ["1.18.3", "1.18.3", false],
    ["1.18.3", "1.18.10", true],
    ["1.9.9", "1.18.0", true],
    ["2.0.0", "1.18.0", false],
    ["v1.17.20", "1.18.0", true],
    ["1.18.0-beta.1", "1.18.0", false],
    ["local", "1.18.0", false],
    ["1.18", "1.18.1", false],
  ] as const) {
    t.equal(isOlder(version, than), expected, `${version} < ${than}`);
  }
});

test("the opencode that was tested is the one that is installed for the tests", async (t) => {
  const { devDependencies } = JSON.parse(readFileSync("package.json", "utf8")) as {
    devDependencies: Record<string, string>;
  };
  t.equal(testedOpencode, devDependencies["opencode-ai"]);
  t.notOk(isOlder(testedOpencode, oldestOpencode));
});
