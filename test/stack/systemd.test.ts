import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { test, type Test } from "tap";
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
async function started(t: Test, changes: Record<string, string | undefined> = {}) {
  const { dir, url, env } = await place(t);
  const systemd = await notifySocket(t);
  const command = [launcher, process.execPath, "--import", `data:text/javascript,${hangs}`, server];
  const child = spawn("sh", ["-c", 'WATCHDOG_PID=$$ exec perl "$@"', "sh", ...command], {
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
  const { child, said, hears, url } = await started(t);
  t.match(await hears(/./), /^READY=1\|STATUS=Switchboard \d+\.\d+\.\d+ listens at http:/);
  t.equal((await fetch(`${url}/healthz`)).status, 200, "it listens");
  await until(() => said.filter((message) => message === "WATCHDOG=1")[1]);

  const given = readFileSync(`/proc/${child.pid}/environ`, "utf8");
  t.notMatch(given, token, "it was started anew without the token, and still speaks to systemd");
  const descriptor = /SWITCHBOARD_NOTIFY_FD=(\d+)/.exec(given)?.[1];
  const flags = /flags:\t(\d+)/.exec(
    readFileSync(`/proc/${child.pid}/fdinfo/${descriptor}`, "utf8"),
  );
  t.ok(parseInt(flags?.[1] ?? "", 8) & 0o2000000, "no child process gets the socket (O_CLOEXEC)");

  child.kill("SIGTERM");
  await hears(/^STOPPING=1$/);
  t.equal(await end(child), 0);
});

test("systemd hears nothing more of an event loop that hangs", async (t) => {
  const { child, said, hears } = await started(t);
  await hears(/^WATCHDOG=1$/);
  child.kill("SIGUSR2");
  await once(child.stderr, "data");
  // What was on its way arrives.
  await pause(200);
  const before = said.length;
  await pause(500);
  t.equal(said.length, before);
});

test("what runs for agents knows nothing of systemd, and has no socket of its", async (t) => {
  const out = join(tempDir(t), "seen");
  const bin = `${out}.sh`;
  writeFileSync(
    bin,
    `#!/bin/sh\n{ env; ls -l /proc/self/fd; } > ${out}.new\nmv ${out}.new ${out}\n`,
  );
  chmodSync(bin, 0o755);
  const { child } = await started(t, {
    OPENCODE_BIN: bin,
    OPENCODE_API_URL: `http://127.0.0.1:${await freePort()}`,
    CREDENTIALS_DIRECTORY: "/nonexistent",
    INVOCATION_ID: "0123456789abcdef",
    JOURNAL_STREAM: "8:1",
  });
  const seen = await until(() => {
    try {
      return readFileSync(out, "utf8");
    } catch {
      return undefined;
    }
  });
  t.match(seen, /^SWITCHBOARD_HOME=/m);
  t.notMatch(seen, /^(NOTIFY|SWITCHBOARD_NOTIFY|WATCHDOG|CREDENTIALS|INVOCATION|JOURNAL)_/m);
  t.notMatch(seen, /socket:/);
  child.kill("SIGTERM");
  t.equal(await end(child), 0);
});

test("the token comes as a credential; without one the process ends for good, in one line", async (t) => {
  const folder = tempDir(t);
  mkdirSync(join(folder, "credentials"));
  writeFileSync(join(folder, "credentials", "telegram-bot-token"), `${token}\n`);
  const withToken = await started(t, {
    TELEGRAM_BOT_TOKEN: undefined,
    CREDENTIALS_DIRECTORY: join(folder, "credentials"),
  });
  await withToken.hears(/^READY=1/);
  withToken.child.kill("SIGTERM");
  t.equal(await end(withToken.child), 0);

  const without = await started(t, {
    TELEGRAM_BOT_TOKEN: undefined,
    CREDENTIALS_DIRECTORY: folder,
  });
  const status = /^RestartPreventExitStatus=(\d+)$/m.exec(unit("switchboard.service"))?.[1];
  t.equal(String(await end(without.child)), status, "systemd does not start it again");
  t.match(
    await without.err,
    /^Switchboard cannot start:\n {2}- TELEGRAM_BOT_TOKEN is missing.*\n$/,
  );
  t.same(without.said, []);
});

const unit = (name: string) => readFileSync(join(root, "deploy", name), "utf8");

// systemd's own rating, from 0 (closed) to 10 (open): see `systemd-analyze security`.
for (const [name, scope, mostExposed] of [
  ["switchboard.service", [], 3.5],
  ["switchboard-user.service", ["--user"], 8],
] as const) {
  test(`systemd finds nothing wrong in ${name}, and it is as closed as promised`, async (t) => {
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
  });
}
