import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { test, type Test } from "tap";
import { testedOpencode } from "../../src/host/versions.ts";
import { freePort } from "../../sandbox/port.ts";
import { tempDir, token } from "../support/app.ts";
import { notifySocket } from "../support/notify-socket.ts";
import { place } from "../support/place.ts";
import { until } from "../support/until.ts";

const root = join(import.meta.dirname, "../..");
const launcher = join(root, "deploy/notify.pl");
const server = join(root, "src/server.ts");
const hangs = `process.on("SIGUSR2", () => { process._rawDebug("hangs"); for (;;); })`;

/** Starts Switchboard as the unit does: by the launcher, and with what systemd adds to the environment. */
async function started(
  t: Test,
  changes: Record<string, string | undefined>,
  program = [process.execPath, "--import", `data:text/javascript,${hangs}`, server],
) {
  const { dir, url, env } = await place(t);
  const systemd = await notifySocket(t);
  const script = 'WATCHDOG_PID=$$ exec perl "$@"';
  const child = spawn("sh", ["-c", script, "sh", launcher, ...program], {
    env: { ...env, NOTIFY_SOCKET: systemd.path, WATCHDOG_USEC: "100000", ...changes },
    cwd: dir,
    stdio: ["ignore", "inherit", "pipe"],
  });
  t.teardown(() => child.kill("SIGKILL"));
  return { ...systemd, child, dir, url, err: text(child.stderr) };
}

async function end(child: ChildProcess): Promise<unknown> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return child.exitCode ?? child.signalCode;
}

test("systemd is told when Switchboard listens, that it goes on, and when it stops", async (t) => {
  const seen = join(tempDir(t), "seen");
  const changes = {
    OPENCODE_BIN: showsItself(seen),
    OPENCODE_API_URL: `http://127.0.0.1:${await freePort()}`,
    CREDENTIALS_DIRECTORY: "/nonexistent",
    INVOCATION_ID: "0123456789abcdef",
    JOURNAL_STREAM: "8:1",
  };
  const { child, said, hears, url } = await started(t, changes, [join(root, "bin/switchboard")]);
  t.match(await hears(/./), /^READY=1\|STATUS=Switchboard \d+\.\d+\.\d+ listens at http:/);
  t.equal((await fetch(`${url}/healthz`)).status, 200, "it listens");
  await until(() => said.filter((message) => message === "WATCHDOG=1")[1]);

  const given = readFileSync(`/proc/${child.pid}/environ`, "utf8");
  t.notMatch(given, token, "it was started anew without the token, and still speaks to systemd");
  const descriptor = /SWITCHBOARD_NOTIFY_FD=(\d+)/.exec(given)?.[1];
  const info = readFileSync(`/proc/${child.pid}/fdinfo/${descriptor}`, "utf8");
  const flags = parseInt(/flags:\t(\d+)/.exec(info)?.[1] ?? "", 8);
  t.ok(flags & 0o2000000, "no child process gets the socket (O_CLOEXEC)");

  const agents = await until(() => (existsSync(seen) ? readFileSync(seen, "utf8") : undefined));
  t.match(agents, /^SWITCHBOARD_HOME=/m);
  t.notMatch(agents, /^(NOTIFY|SWITCHBOARD_NOTIFY|WATCHDOG|CREDENTIALS|INVOCATION|JOURNAL)_/m);
  t.notMatch(agents, /socket:/, "what runs for agents has no socket of systemd's");

  child.kill("SIGTERM");
  await hears(/^STOPPING=1$/);
  t.equal(await end(child), 0);
});

/** A program in place of opencode's server that writes its environment and its open files to a file. */
function showsItself(path: string): string {
  const program = `${path}.sh`;
  const seen = `{ env; ls -l /proc/self/fd; } > ${path}.new; mv ${path}.new ${path}`;
  // What it calls itself is asked before, with pipes.
  writeFileSync(
    program,
    `#!/bin/sh\n[ "$1" != --version ] || exec echo ${testedOpencode}\n${seen}\n`,
  );
  chmodSync(program, 0o755);
  return program;
}

test("the token may be a credential; systemd hears nothing more of an event loop that hangs", async (t) => {
  const folder = tempDir(t);
  writeFileSync(join(folder, "telegram-bot-token"), `${token}\n`);
  const { child, said, hears } = await started(t, {
    TELEGRAM_BOT_TOKEN: undefined,
    CREDENTIALS_DIRECTORY: folder,
  });
  await hears(/^READY=1/);
  await hears(/^WATCHDOG=1$/);
  child.kill("SIGUSR2");
  await once(child.stderr, "data");
  // What was on its way arrives.
  await pause(200);
  const before = said.length;
  await pause(500);
  t.equal(said.length, before);
});

test("without a token the process ends for good, in one line", async (t) => {
  const { child, err, said } = await started(t, { TELEGRAM_BOT_TOKEN: undefined });
  const status = /^RestartPreventExitStatus=(\d+)$/m.exec(unit("switchboard.service"))?.[1];
  t.equal(String(await end(child)), status, "systemd does not start it again");
  t.match(await err, /^Switchboard cannot start:\n {2}- TELEGRAM_BOT_TOKEN is missing.*\n$/);
  t.same(said, []);
});

const operate = readFileSync(join(root, "docs/operate.md"), "utf8");
const unit = (name: string) => readFileSync(join(root, "deploy", name), "utf8");

// systemd's own rating, from 0 (closed) to 10 (open): see `systemd-analyze security`.
const promised: Record<string, number> = {
  "switchboard.service": 3.1,
  "switchboard-user.service": 7.6,
};

for (const path of globSync("deploy/*.service", { cwd: root }).toSorted()) {
  const name = basename(path);
  test(`systemd finds nothing wrong in ${name}, and it is as closed as promised`, async (t) => {
    const dir = tempDir(t);
    const analyze = (...args: string[]) =>
      spawnSync("systemd-analyze", args, {
        env: { PATH: process.env["PATH"], HOME: dir, XDG_RUNTIME_DIR: dir },
        encoding: "utf8",
      });
    const file = join(root, path);
    const scope = name.includes("-user") ? ["--user"] : [];
    const checked = analyze(...scope, "verify", file);
    // Its exit code is 0 for a key that it does not know.
    t.same([checked.stderr, checked.stdout, checked.status], ["", "", 0]);
    const figure = promised[name];
    if (figure === undefined) return;
    const rated = analyze("security", "--offline=yes", file).stdout;
    const exposure = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(rated)?.[1]);
    // Other versions of systemd rate a little differently.
    t.ok(exposure > 0 && exposure < figure + 0.5, `${exposure}`);
    t.match(operate, new RegExp(` ${figure}[ ,]`), "the document says so");
  });
}
