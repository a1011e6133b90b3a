import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { migrations } from "../src/store/migrations.ts";
import { storeName } from "../src/store/sqlite.ts";

const root = join(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const { scripts, version } = JSON.parse(read("package.json")) as {
  scripts: Record<string, string>;
  version: string;
};

/** The values of one key in a unit, in order. */
function values(unit: string, key: string): string[] {
  return [...unit.matchAll(new RegExp(`^${key}=(.*)$`, "gm"))].map(([, value = ""]) => value);
}

test("the units run what npm start runs, so that both have the same options", async (t) => {
  for (const name of ["switchboard.service", "switchboard-user.service"]) {
    const unit = read(join("deploy", name));
    t.same(values(unit, "ExecStart"), [`/usr/bin/perl deploy/notify.pl ${scripts["start"]}`], name);
    t.match(values(unit, "Environment"), [/^PATH=/], name);
    t.equal(values(unit, "Environment").length, 1, name);
  }
});

test("both units treat the process alike: how it starts, ends, and is started again", async (t) => {
  const keys = ["Type", "NotifyAccess", "TimeoutStartSec", "TimeoutStopSec", "KillMode", "Restart"];
  keys.push("RestartSec", "RestartPreventExitStatus", "WatchdogSec", "WatchdogSignal");
  keys.push("StartLimitIntervalSec", "NoNewPrivileges", "SystemCallFilter");
  const [machine, user] = ["switchboard.service", "switchboard-user.service"].map((name) => {
    const unit = read(join("deploy", name));
    return keys.map((key) => [key, ...values(unit, key)]);
  });
  t.same(user, machine);
  t.ok(machine?.every((one) => one.length === 2));
});

test("agents outlive the service: they share its cgroup, and /tmp with tmux's socket", async (t) => {
  for (const path of globSync("deploy/switchboard{,-user}.service", { cwd: root })) {
    const unit = read(path);
    t.same(values(unit, "KillMode"), ["process"], path);
    t.same([...values(unit, "PrivateTmp"), ...values(unit, "MemoryDenyWriteExecute")], [], path);
  }
});

test("Litestream copies the store of the service", async (t) => {
  const [folder] = values(read("deploy/switchboard.service"), "WorkingDirectory");
  const paths = [...read("deploy/litestream.yml").matchAll(/^ {2}- path: (.*)$/gm)];
  t.same(
    paths.map(([, path]) => path),
    [`${folder}/data/${storeName}`],
  );
});

test("--version and --help need no settings and start nothing", async (t) => {
  const run = (flag: string) =>
    spawnSync(process.execPath, ["src/server.ts", flag], {
      cwd: root,
      env: { PATH: process.env["PATH"] },
      encoding: "utf8",
    });
  const { stdout, stderr, status } = run("--version");
  const { node } = process.versions;
  t.equal(stdout, `opencode-switchboard ${version}, schema ${migrations.length}, Node ${node}\n`);
  t.same([stderr, status], ["", 0]);
  t.match(run("--help"), { stdout: /^Usage: npm start/, stderr: "", status: 0 });
});
