import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { tempDir } from "../support/app.ts";

const root = join(import.meta.dirname, "..", "..");
const unit = (name: string) => readFileSync(join(root, "deploy", name), "utf8");

// systemd's own rating, from 0 (closed) to 10 (open): see `systemd-analyze security`.
for (const [name, scope, mostExposed] of [
  ["switchboard-pull.service", [], 2],
  ["switchboard-pull-user.service", ["--user"], 7.5],
] as const) {
  test(`systemd finds nothing wrong in ${name}, and it runs what npm run pull does`, async (t) => {
    const dir = tempDir(t);
    const analyze = (...args: string[]) =>
      spawnSync("systemd-analyze", args, {
        env: { PATH: process.env["PATH"], HOME: dir, XDG_RUNTIME_DIR: dir },
        encoding: "utf8",
      });
    const path = join(root, "deploy", name);
    const checked = analyze(...scope, "verify", path);
    // Its exit code is 0 for a key that it does not know.
    t.same([checked.stderr, checked.stdout, checked.status], ["", "", 0]);
    const rated = analyze("security", "--offline=yes", path).stdout;
    const exposure = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(rated)?.[1]);
    t.ok(exposure > 0 && exposure <= mostExposed, `${name}: ${exposure}`);

    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      scripts: { pull: string };
    };
    const environment = /^Environment=(NODE_\S+)$/m.exec(unit(name))?.[1];
    const command = /^ExecStart=\/usr\/bin\/env (.+)$/m.exec(unit(name))?.[1];
    t.equal(`${environment} ${command}`, scripts.pull);
    t.match(unit(name), /^RestartPreventExitStatus=78$/m);
  });
}
