import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { test, type Test } from "tap";
import { tempDir } from "./support/app.ts";

/**
 * Runs `.ci/run` with an `npm` whose tests print what is given and with nothing left to install, on a clock on which
 * `npm run check` takes `checkSeconds`.
 */
async function ciRun(t: Test, printed: string, { testsExit = 0, checkSeconds = 60 } = {}) {
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
  const clock = join(dir, "clock");
  writeFileSync(clock, "0\n");
  const check = `case "$*" in 'run check') echo ${checkSeconds} >'${clock}' ;; esac`;
  program(
    "npm",
    `${check}
     [ "$1" != test ] || { echo "jobs: $TAP_JOBS"; cat '${join(dir, "printed")}'; exit ${testsExit}; }`,
  );
  program("date", `cat '${clock}'`);
  const path = `${bin}:${process.env["PATH"]}`;
  // tap sets TAP_JOBS for the tests that it runs.
  const env = { PATH: path, TMPDIR: dir, CI: "true", TAP_JOBS: undefined };
  const { stdout, exitCode } = await execa("bash", [".ci/run"], { cwd: dir, env, reject: false });
  return { stdout, ended: { last: stdout.split("\n").at(-1), exitCode } };
}

test("CI ends with the plain line of what was counted, whatever bytes a test prints", async (t) => {
  const { ended } = await ciRun(t, "ok 1 - a\0b \u001b[2J\n# { total: 12, pass: 12 }\n");
  t.same(ended, { last: "12 passed, 0 failed, 0 skipped", exitCode: 0 });
});

test("CI fails where a test failed, was skipped, or none was counted", async (t) => {
  const failed = await ciRun(t, "# { total: 3, pass: 2, fail: 1 }\n", { testsExit: 1 });
  t.same(failed.ended, { last: "2 passed, 1 failed, 0 skipped", exitCode: 1 });
  const skipped = await ciRun(t, "ok 2 - x # SKIP no tmux\n# { total: 3, pass: 2, skip: 1 }\n");
  t.same(skipped.ended, { last: "2 passed, 0 failed, 1 skipped", exitCode: 1 });
  const none = await ciRun(t, "nothing of a test\n");
  t.same(none.ended, { last: "0 passed, 0 failed, 0 skipped", exitCode: 1 });
});

test("CI leaves out test:long but for the set-up, and says so, only where there is no time for it", async (t) => {
  const printed = "# { total: 1, pass: 1 }\n";
  const quick = await ciRun(t, printed, { checkSeconds: 90 });
  t.match(quick.stdout, "== npm run test:long");
  t.match(quick.stdout, /^jobs: $/m);
  t.notMatch(quick.stdout, "only the set-up");
  const slow = await ciRun(t, printed, { checkSeconds: 91 });
  t.notMatch(slow.stdout, "== npm run test:long");
  t.match(slow.stdout, "Of test:long only the set-up is run: check took 91 s");
  t.match(slow.stdout, "== npm run test:setup");
  t.match(slow.stdout, /^jobs: 2$/m);
  t.same(slow.ended, quick.ended);
});
