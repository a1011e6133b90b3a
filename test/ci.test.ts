import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { test, type Test } from "tap";
import { tempDir } from "./support/app.ts";

/** Runs `.ci/run` with an `npm` whose tests print what is given and with nothing left to install. */
async function ciRun(t: Test, printed: string, testsExit = 0) {
  const dir = tempDir(t);
  const bin = join(dir, "bin");
  mkdirSync(join(dir, ".ci"));
  mkdirSync(bin);
  copyFileSync(join(import.meta.dirname, "../.ci/run"), join(dir, ".ci/run"));
  const program = (name: string, script: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  const programs = [
    "tmux",
    "curl",
    "caddy",
    "git",
    "openssl",
    "ps",
    "systemd-analyze",
    "debootstrap",
    "ip",
    "apt-get",
  ];
  for (const name of programs) program(name, "exit 0");
  writeFileSync(join(dir, "printed"), printed);
  program("npm", `[ "$1" != test ] || { cat '${join(dir, "printed")}'; exit ${testsExit}; }`);
  const env = { PATH: `${bin}:${process.env["PATH"]}`, TMPDIR: dir, CI: "true" };
  const { stdout, exitCode } = await execa("bash", [".ci/run"], { cwd: dir, env, reject: false });
  return { last: stdout.split("\n").at(-1), exitCode };
}

test("CI ends with the plain line of what was counted, whatever bytes a test prints", async (t) => {
  t.same(await ciRun(t, "ok 1 - a\0b \u001b[2J\n# { total: 12, pass: 12 }\n"), {
    last: "12 passed, 0 failed, 0 skipped",
    exitCode: 0,
  });
});

test("CI fails where a test failed, was skipped, or none was counted", async (t) => {
  t.same(await ciRun(t, "# { total: 3, pass: 2, fail: 1 }\n", 1), {
    last: "2 passed, 1 failed, 0 skipped",
    exitCode: 1,
  });
  t.same(await ciRun(t, "ok 2 - x # SKIP no tmux\n# { total: 3, pass: 2, skip: 1 }\n"), {
    last: "2 passed, 0 failed, 1 skipped",
    exitCode: 1,
  });
  t.same(await ciRun(t, "nothing of a test\n"), {
    last: "0 passed, 0 failed, 0 skipped",
    exitCode: 1,
  });
});
