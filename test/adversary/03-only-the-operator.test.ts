import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "tap";
import { closeFolders } from "../../src/host/private-folders.ts";
import { opencodePassword } from "../../src/access/kept-secrets.ts";
import { keptLog, startApp, tempDir, token } from "../support/app.ts";

const program = join(import.meta.dirname, "fixtures", "takes-secrets.ts");
const exported = {
  PATH: process.env["PATH"] ?? "",
  TELEGRAM_BOT_TOKEN: token,
  OPENCODE_SERVER_PASSWORD: 'pass"wörd',
  REPLY_TOKEN: "",
  OTHER: "kept",
};
const hasProc = process.platform === "linux";

interface Said {
  pid: number;
  shown: string[];
  [name: string]: unknown;
}

test(
  "3. an exported token is taken out of the process's environment, and nothing else changes",
  { skip: !hasProc },
  async (t) => {
    const TMPDIR = tempDir(t);
    const child = spawn(process.execPath, ["--max-semi-space-size=8", program, "an argument"], {
      env: { ...exported, TMPDIR },
      stdio: ["pipe", "pipe", "inherit"],
    });
    const said = JSON.parse(await text(child.stdout)) as Said;
    t.equal(said.pid, child.pid, "the process is the one that was started");
    t.match(said, {
      token,
      password: 'pass"wörd',
      other: "kept",
      isExposed: false,
      argv: ["an argument"],
      execArgv: ["--max-semi-space-size=8"],
      stdin: "",
    });
    t.same(said.shown, []);
    t.same(readdirSync(TMPDIR), [], "no file stays");
  },
);

test(
  "3. a token in .env is in no environment, and nothing is replaced",
  { skip: !hasProc },
  async (t) => {
    const dir = tempDir(t);
    writeFileSync(join(dir, ".env"), `TELEGRAM_BOT_TOKEN=${token}\n`);
    const { stdout } = spawnSync(process.execPath, ["--env-file-if-exists=.env", program], {
      cwd: dir,
      env: { PATH: exported.PATH },
      input: "what was to be read",
      encoding: "utf8",
    });
    t.match(JSON.parse(stdout), {
      token,
      isExposed: false,
      stdin: "what was to be read",
      shown: [],
    });
  },
);

test(
  "3. the token is used all the same where the process cannot be replaced",
  { skip: !hasProc },
  async (t) => {
    const child = spawn(process.execPath, [program], {
      env: exported,
      stdio: ["ignore", "pipe", "inherit", "ipc"],
    });
    const stdout = child.stdout;
    if (!stdout) throw new Error("there is no output");
    const said = JSON.parse(await text(stdout)) as Said;
    t.match(said, { token, isExposed: true });
    t.match(said.shown, [/^TELEGRAM_BOT_TOKEN=/, /^OPENCODE_SERVER_PASSWORD=/]);
  },
);

test("3. a password is made for a server on this machine, and for no other", async (t) => {
  const { app } = await startApp(t);
  const made = app.config.opencode.password ?? "";
  t.match(made, /^[A-Za-z0-9_-]{43}$/);
  const kept = join(app.config.dataDir, "opencode-password");
  t.equal(statSync(kept).mode & 0o777, 0o600);
  t.equal(opencodePassword(app.config.dataDir, undefined), made, "the next start has the same");
  const chosen = await startApp(t, { OPENCODE_SERVER_PASSWORD: "chosen" });
  t.equal(chosen.app.config.opencode.password, "chosen");
  const remote = await startApp(t, { OPENCODE_API_URL: "http://192.0.2.1:5050" });
  t.equal(remote.app.config.opencode.password, undefined);
  t.notOk(readdirSync(remote.app.config.dataDir).includes("opencode-password"));
});

test("3. folders are closed to others, made where they are missing, and one that cannot be is named", async (t) => {
  const dir = tempDir(t);
  const open = join(dir, "open");
  mkdirSync(open);
  chmodSync(open, 0o755);
  const missing = join(dir, "a", "b");
  const file = join(dir, "file");
  writeFileSync(file, "");
  const { kept, log } = keptLog();
  closeFolders([open, missing, join(file, "below")], log);
  for (const folder of [open, missing]) t.equal(statSync(folder).mode & 0o777, 0o700, folder);
  t.match(kept.entries, [{ folder: join(file, "below") }]);
});
