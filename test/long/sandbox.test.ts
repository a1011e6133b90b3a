import { once } from "node:events";
import { readdirSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { execa } from "execa";
import { test } from "tap";
import { stackMissing } from "../support/stage.ts";
import { until } from "../support/until.ts";

const root = join(import.meta.dirname, "..", "..");
const main = join(root, "sandbox", "main.ts");

test(
  "a dialogue in a pipe is the main job: answered, asked, allowed, and nothing is left",
  { skip: stackMissing() },
  async (t) => {
    const temporary = t.testdir({});
    const input = "hello\nrun echo one two\n!1\n!1\n/list\n";
    const { stdout, exitCode } = await execa(process.execPath, [main], {
      input,
      env: { TMPDIR: temporary },
    });
    t.equal(exitCode, 0);
    const [help = "", ...shown] = stdout.split(/\n(?=you {2})/);
    t.match(shown[0], /^\(👍 on: hello\)$/m);
    const dialogue = shown.map((text) => text.replaceAll(/\n\(\S+ on: .*\)/g, ""));
    t.match(help, /run <command>.*\n.*ask/);
    t.match(help, /!1 +presses button 1/);
    t.match(dialogue[0], /^you {2}hello\n[^]*^bot {2}I am a scripted agent\. You wrote: hello$/m);
    t.match(
      dialogue[1],
      /^you {2}run echo one two\n[^]*^bot .*\n {5}echo one two\n[^]*\[1 Allow once\]/m,
    );
    t.match(dialogue[2], /^you {2}!1\n[^]*bot {2}echo one two\n\n {5}one two$/m);
    t.equal(dialogue[3], "you  !1\nThere is no button now.");
    t.match(dialogue[4], /^you {2}\/list\nbot {2}Your agents[^]*default_agent: /);

    t.same(readdirSync(temporary), [], "no temporary folder stays");
    const socket = /tmux -L (\S+) attach -t default_agent/.exec(help)?.[1] ?? "";
    t.match(socket, /./);
    const tmux = await execa("tmux", ["-L", socket, "list-sessions"], { reject: false });
    t.not(tmux.exitCode, 0, "no tmux server stays");
  },
);

test(
  "each line in a pipe waits for its answer, also before an open card, which a stop closes",
  { skip: stackMissing() },
  async (t) => {
    const input = "run date\nhello\n/stop\n!1\n!1\n";
    const env = { TMPDIR: t.testdir({}) };
    const { stdout, exitCode } = await execa(process.execPath, [main], { input, env });
    t.equal(exitCode, 0);
    const [, ...shown] = stdout.split(/\n(?=you {2})/);
    t.match(shown[0], /\[1 Allow once\]/);
    t.match(shown[1], /^you {2}hello\n[^]*Queued\. Answer the card above first/);
    t.match(shown[2], /^you {2}\/stop\n[^]*would be dropped\. Stop it\?\n +\[1 Stop and drop\]/);
    t.match(shown[3], /^you {2}!1\n[^]*The agent was stopped\.[^]*default_agent stopped\./);
    t.match(shown[3], /\[1 Start default_agent\]/);
    t.match(shown[4], /^you {2}!1\nbot {2}default_agent was stopped\. .*\n +\[1 Continue\]/s);
  },
);

for (const [how, signal] of [
  ["its window is closed", "SIGHUP"],
  ["it is killed", "SIGKILL"],
] as const) {
  test(`nothing of the sandbox remains when ${how}`, { skip: stackMissing() }, async (t) => {
    const temporary = t.testdir({});
    // A terminal of its own, which goes away with the one that holds it.
    const terminal = execa("script", ["-qfec", `"${process.execPath}" "${main}"`, "/dev/null"], {
      env: { TMPDIR: temporary },
      stdin: "pipe",
      reject: false,
    });
    t.teardown(() => terminal.kill("SIGKILL"));
    let shown = "";
    terminal.stdout.on("data", (data: Buffer) => (shown += data.toString()));
    const socket = await until(async () => /tmux -L (\S+) attach/.exec(shown)?.[1], 90_000);
    const { stdout: pid } = await execa("pgrep", ["-P", String(terminal.pid)]);
    if (signal === "SIGHUP") terminal.kill("SIGKILL");
    else process.kill(Number(pid), signal);
    await until(async () => (readdirSync(temporary).length === 0 ? true : undefined), 60_000);
    const tmux = await execa("tmux", ["-L", socket, "list-sessions"], { reject: false });
    t.not(tmux.exitCode, 0, "no tmux server, and so no opencode");
    // The guard itself waits a second before it looks again.
    await until(async () => {
      const left = await execa("pgrep", ["-f", temporary], { reject: false });
      return left.exitCode === 0 ? undefined : true;
    });
  });
}

test("a port that is taken is told in one line", async (t) => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => server.close());
  const PORT = String((server.address() as AddressInfo).port);
  const { stderr, exitCode } = await execa(process.execPath, [main], {
    env: { PORT },
    reject: false,
  });
  t.equal(exitCode, 1);
  t.match(stderr, new RegExp(`^PORT=${PORT} cannot be used: .*$`));
});

test("without tmux or curl the sandbox says how to install them", async (t) => {
  const { stderr, exitCode } = await execa(process.execPath, [main], {
    env: { PATH: t.testdir({}) },
    reject: false,
  });
  t.equal(exitCode, 1);
  t.match(stderr, /^The sandbox needs tmux and curl\. Install: sudo apt-get install tmux curl .*$/);
});
