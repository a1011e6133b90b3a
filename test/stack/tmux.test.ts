import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { chmodSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type Test, test } from "tap";
import { TmuxError } from "../../src/tmux/tmux-error.ts";
import { type NewSession, Tmux } from "../../src/tmux/tmux.ts";
import { until } from "../support/until.ts";

const LOGGER = join(import.meta.dirname, "fixtures/byte-logger.ts");
const ENV = { PATH: process.env.PATH ?? "", HOME: "/tmp", LANG: "C.UTF-8" };

function tmuxOf(t: Test, env: Record<string, string> = ENV, timeoutMs = 5000, umask?: number) {
  const socketName = `switchboard-test-${randomUUID()}`;
  const tmux = new Tmux({ socketName, env, timeoutMs, umask });
  t.teardown(async () => {
    await tmux.killServer().catch(() => undefined);
    rmSync(`/tmp/tmux-${process.getuid?.()}/${socketName}`, { force: true });
  });
  /** Runs tmux itself, for what the class does not offer. */
  const raw = (...words: string[]) =>
    execFileSync("tmux", ["-L", socketName, ...words], { encoding: "utf8" });
  return { tmux, raw };
}

function session(command: string[], more: Partial<NewSession> = {}): NewSession {
  return { name: "agent", command, cwd: "/tmp", env: {}, width: 100, height: 30, ...more };
}

/** A pane whose program sends what it is given; `received` waits for an ending and empties. */
async function bytePane(t: Test, tmux: Tmux) {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no TCP address");
  const command = [process.execPath, LOGGER];
  const env = { LOGGER_PORT: String(address.port) };
  const id = await tmux.newSession(session(command, { env }));
  const [socket] = (await once(server, "connection")) as [Socket];
  t.teardown(() => server.close());
  t.teardown(() => socket.destroy());
  let bytes = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => (bytes += chunk));
  const received = async (ending: string) => {
    while (!bytes.endsWith(ending)) await once(socket, "data");
    const all = bytes;
    bytes = "";
    return all;
  };
  await received("\u001B[0n");
  return { id, socket, received };
}

async function lookUntil(tmux: Tmux, id: string, done: (text: string) => boolean, dead = false) {
  const signal = AbortSignal.timeout(10_000);
  for (;;) {
    const look = await tmux.look(id);
    if (done(look.text) && look.dead === dead) return look;
    await pause(20, undefined, { signal });
  }
}

async function reason(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "done",
    (error: unknown) => (error instanceof TmuxError ? error.reason : String(error)),
  );
}

test("what is pasted reaches the program byte for byte, as one bracketed paste", async (t) => {
  const { tmux } = tmuxOf(t);
  const pane = await bytePane(t, tmux);
  const texts = [
    "one line",
    "-x",
    ";",
    "a; b;",
    "Enter",
    "C-c",
    "  leading and trailing  ",
    "line 1\n\n\tline 3 'single' \"double\" `back` $HOME \\ \\n #{pane_id} #(id) %0 ~",
    "👩‍👩‍👧‍👦 é e\u0301 שלום\u200F 日本語\u00A0\u2028.",
    Array.from({ length: 300 }, (_, n) => `line ${n} of 300`).join("\n"),
    "x".repeat(99).concat("\n").repeat(3072).trimEnd(),
  ];
  for (const text of texts) {
    await tmux.paste(pane.id, text);
    const bytes = await pane.received("\u001B[201~");
    t.ok(bytes === `\u001B[200~${text}\u001B[201~`, `${text.length} characters`);
  }
  await tmux.paste(pane.id, "a\u001B[201~b\u0003\r\nc\n");
  t.equal(await pane.received("\u001B[201~"), "\u001B[200~a[201~b\nc\u001B[201~");
  await tmux.keys(pane.id, "Enter", "Escape", "C-c");
  t.equal(await pane.received("\u0003"), "\r\u001B\u0003");
});

test("a pane in copy mode or without a program takes no paste and keeps no buffer", async (t) => {
  const { tmux, raw } = tmuxOf(t);
  const pane = await bytePane(t, tmux);
  raw("copy-mode", "-t", pane.id);
  t.equal((await tmux.look(pane.id)).inMode, true);
  t.equal(await reason(tmux.paste(pane.id, "lost?")), "in-mode");
  await tmux.leaveMode(pane.id);
  await tmux.leaveMode(pane.id);
  t.equal((await tmux.look(pane.id)).inMode, false);
  await tmux.paste(pane.id, "after");
  t.equal(await pane.received("\u001B[201~"), "\u001B[200~after\u001B[201~", "nothing before it");
  t.equal(await reason(tmux.paste(pane.id, "\n\r\u0000")), "failed", "nothing to paste");
  pane.socket.destroy();
  await lookUntil(tmux, pane.id, () => true, true);
  raw("run-shell", "true"); // tmux may have missed how the program ended; another child's end tells
  const look = await lookUntil(tmux, pane.id, (text) => text.includes("Pane is dead"), true);
  t.match(look, { deadStatus: 7, inMode: false });
  t.equal(await reason(tmux.paste(pane.id, "lost?")), "gone");
  t.equal(await reason(tmux.paste("%99", "lost?")), "gone");
  t.equal(raw("list-buffers"), "");
});

test("one look tells the pane's state, title and screen", async (t) => {
  const { tmux } = tmuxOf(t);
  const pane = await bytePane(t, tmux);
  const look = await tmux.look(pane.id);
  t.match(look, { id: pane.id, dead: false, deadStatus: undefined, inMode: false });
  t.match(look, { title: "a title | with a bar", width: 100, height: 30, cursorX: 0, cursorY: 1 });
  t.equal(look.text, `screen text\n${"\n".repeat(29)}`);
  t.match(look, (await tmux.pane("agent")) ?? { id: "no pane" });
  t.doesNotThrow(() => process.kill(look.pid, 0));
  t.ok(Math.abs(Date.now() / 1000 - look.since) < 300, "when its session began");
});

test("sessions are found by their exact names only", async (t) => {
  const { tmux, raw } = tmuxOf(t);
  t.same(await tmux.listSessions(), [], "no server yet");
  t.equal(await tmux.killSession("agent"), false);
  t.equal(await tmux.renameSession("agent", "other"), false);
  t.equal(await tmux.pane("agent"), undefined);
  await tmux.unsetGlobal(["SECRET"]);
  t.equal(await reason(tmux.look("%0")), "no-server");
  await tmux.newSession(session(["sleep", "60"], { name: "agent-two" }));
  t.equal(await tmux.pane("agent"), undefined, "a prefix is another name");
  t.equal(await tmux.killSession("agent"), false);
  t.equal(await tmux.renameSession("agent", "other"), false);
  t.equal(await reason(tmux.look("%99")), "gone");
  t.equal(await reason(tmux.keys("%99", "Enter")), "gone");
  t.equal(await reason(tmux.newSession(session(["true"], { name: "agent-two" }))), "failed");
  for (const name of ["", "a b", "a.b", "a:b", "=a", "x".repeat(33)])
    t.equal(await reason(tmux.killSession(name)), "failed", `name “${name}”`);
  t.equal(await reason(tmux.look("agent-two")), "failed", "a pane is named by its id");
  raw("split-window", "-b", "-t", "%0", "sleep", "60");
  t.equal((await tmux.pane("agent-two"))?.id, "%0", "the first pane, after a split");
  t.equal(await tmux.renameSession("agent-two", "agent-three"), true);
  t.equal((await tmux.pane("agent-three"))?.id, "%0", "with its pane");
  t.equal(await reason(tmux.renameSession("agent-three", "a b")), "failed");
  t.same(await tmux.listSessions(), ["agent-three"]);
  t.equal(await tmux.killSession("agent-three"), true);
  // While it ends, it may answer anything.
  await until(async () => ((await reason(tmux.look("%0"))) === "no-server" ? true : undefined));
});

test("a program gets exactly its arguments, directory and environment, also again", async (t) => {
  const base = "a:\n  b: 1\n# c\n\n\td: \\n\n# end";
  const { tmux } = tmuxOf(t, { ...ENV, BASE: base });
  const cwd = join(
    realpathSync(t.testdir({ "a #{pane_id} #S $HOME": {} })),
    "a #{pane_id} #S $HOME",
  );
  const secret = "p'a\"s$HOME\\ ;#{pane_id}~ %é\nline two\t";
  const show = `console.log(JSON.stringify([process.argv.slice(1), process.cwd(), process.env])); setTimeout(() => {}, 1e6)`;
  const command = [process.execPath, "-e", show, "--", "a;", ";", "", "~", "#{pane_id}", "x y"];
  const shown = async (id: string) => {
    const { text } = await lookUntil(tmux, id, (screen) => screen.includes("TMUX_PANE"));
    const json = text.slice(text.indexOf("[["), text.lastIndexOf("]") + 1).replaceAll("\n", "");
    return JSON.parse(json) as [string[], string, Record<string, string>];
  };
  const wide = { width: 4000, height: 20, cwd };
  const id = await tmux.newSession(session(command, { ...wide, env: { SECRET: secret } }));
  const [argv, directory, env] = await shown(id);
  t.same(argv, ["a;", ";", "", "~", "#{pane_id}", "x y"]);
  t.equal(directory, cwd);
  t.match(env, { ...ENV, BASE: base, SECRET: secret, TERM: "tmux-256color" });
  const own = /^(PWD|SHELL|TERM|TMUX|TERM_PROGRAM|TMUX_PANE|TERM_PROGRAM_VERSION)$/;
  const others = Object.keys(env).filter((name) => !own.test(name));
  t.same(others.toSorted(), ["BASE", "HOME", "LANG", "PATH", "SECRET"], "NODE_OPTIONS is not here");

  await tmux.respawn(id, { command, cwd: "/tmp", env: { MORE: "x" } });
  const [, place, second] = await shown(id);
  t.equal(place, "/tmp");
  t.match(second, { BASE: base, SECRET: secret, MORE: "x" });
  await tmux.unsetGlobal(["BASE"]);
  await tmux.respawn(id, { command, cwd: "/tmp", env: {} });
  const [, , third] = await shown(id);
  t.notOk("BASE" in third);
});

test("no value of the environment shows in any process list", async (t) => {
  const { tmux } = tmuxOf(t);
  const secret = randomUUID();
  const seen = new Set<string>();
  const done = new AbortController();
  const watch = (async () => {
    while (!done.signal.aborted) {
      for (const line of commandLines()) seen.add(line);
      await pause(0);
    }
  })();
  const id = await tmux.newSession(session(["sleep", "60"], { env: { SECRET: secret } }));
  await tmux.respawn(id, { command: ["sleep", "61"], cwd: "/tmp", env: { SECRET: `${secret}2` } });
  await tmux.paste(id, `prompt ${secret}`);
  done.abort();
  await watch;
  const { pid } = await tmux.look(id);
  t.match(readFileSync(`/proc/${pid}/environ`, "utf8"), `SECRET=${secret}2`);
  const lines = [...seen];
  t.ok(
    lines.some((line) => line.startsWith("tmux\0-u\0")),
    "the watch sees tmux",
  );
  t.same(
    lines.filter((line) => line.includes(secret)),
    [],
  );
});

test("a machine without tmux and a tmux that hangs are told apart", async (t) => {
  const { tmux: without } = tmuxOf(t, { PATH: "/nonexistent" });
  t.equal(await reason(without.listSessions()), "not-installed");
  const bin = t.testdir({ tmux: "#!/bin/sh\nexec sleep 5\n" });
  chmodSync(join(bin, "tmux"), 0o755);
  const env = { ...ENV, PATH: `${bin}:${ENV.PATH}` };
  const slow = new Tmux({ socketName: "unused", env, timeoutMs: 100 });
  t.equal(await reason(slow.listSessions()), "timeout");
});

function commandLines(): string[] {
  return readdirSync("/proc").flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      return [readFileSync(`/proc/${pid}/cmdline`, "utf8")];
    } catch {
      return [];
    }
  });
}

test("a server that stops answering is a time-out, and answers again when it can", async (t) => {
  const { tmux, raw } = tmuxOf(t, ENV, 300);
  await tmux.newSession(session(["sleep", "1000"]));
  const serverPid = Number(raw("display-message", "-p", "#{pid}"));
  process.kill(serverPid, "SIGSTOP");
  t.teardown(() => process.kill(serverPid, "SIGCONT"));
  await t.rejects(tmux.pane("agent"), { name: "TmuxError", reason: "timeout" });
  await t.rejects(tmux.listSessions(), { name: "TmuxError", reason: "timeout" });
  process.kill(serverPid, "SIGCONT");
  t.match(await tmux.pane("agent"), { dead: false });
});

test("programs have the umask that the server was to be started with", async (t) => {
  const { tmux, raw } = tmuxOf(t, ENV, 5000, 0o027);
  const id = await tmux.newSession(session(["sh", "-c", "umask; exec sleep 1000"]));
  await lookUntil(tmux, id, (text) => text.includes("0027"));
  t.equal(raw("list-sessions", "-F", "#{session_name}"), "agent\n");
  const bin = t.testdir({});
  symlinkSync("/bin/sh", join(bin, "sh"));
  const without = tmuxOf(t, { PATH: bin }, 5000, 0o027).tmux;
  t.equal(await reason(without.newSession(session(["true"]))), "not-installed");
});
