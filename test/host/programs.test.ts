import { chmodSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { Programs, type ProgramsOptions } from "../../src/host/programs.ts";
import type { ToolVersion } from "../../src/host/versions.ts";
import { TmuxError } from "../../src/tmux/tmux-error.ts";
import { keptLog } from "../support/app.ts";
import { fakeTmux } from "../support/fake-tmux.ts";

const opencodeMissing =
  "OPENCODE_BIN cannot be run: install opencode (npm ci does), or correct OPENCODE_BIN and restart.";
const curlMissing =
  "curl is not installed, so agents cannot reply: install it; no restart is needed.";
const tmuxMissing = "tmux is not installed: install it; no restart is needed.";

function programs(options: Partial<ProgramsOptions> = {}) {
  const { kept, log } = keptLog();
  const usual = { bin: "opencode", path: "/nonexistent", cwd: "/", isLocal: true, isTyped: true };
  return { kept, programs: new Programs({ tmux: fakeTmux().tmux, ...usual, log, ...options }) };
}

test("opencode is found by its path, or by its name on the PATH, as whoever runs it would", async (t) => {
  const dir = t.testdir({ bin: { opencode: "", text: "", folder: {} } });
  chmodSync(join(dir, "bin", "opencode"), 0o755);
  const path = `/nonexistent:${join(dir, "bin")}`;
  for (const options of [
    { path },
    { bin: join(dir, "bin", "opencode") },
    { bin: "./bin/opencode", cwd: dir },
    { bin: "sh", path: undefined },
  ]) {
    t.same(await programs(options).programs.missing(false), {}, JSON.stringify(options));
  }
  for (const options of [
    {},
    { path: "" },
    { path, bin: "text" },
    { path, bin: "folder" },
    { path, bin: "./opencode" },
    { bin: "/nonexistent" },
  ]) {
    t.same(await programs(options).programs.missing(false), { opencode: opencodeMissing });
  }
});

test("a program is missed only where it is needed, and a tmux that fails is not missing", async (t) => {
  const { tmux } = fakeTmux();
  tmux.listSessions = async () => {
    throw new TmuxError("not-installed", "tmux not found");
  };
  const both = { opencode: opencodeMissing, tmux: tmuxMissing };
  for (const [isTyped, isLocal, isAnswering, missing] of [
    [true, true, true, both],
    [true, false, true, both],
    [false, true, false, both],
    [false, true, true, {}],
    [false, false, false, {}],
  ] as const) {
    const one = programs({ tmux, isTyped, isLocal }).programs;
    t.same(await one.missing(isAnswering), missing);
  }
  tmux.listSessions = async () => {
    throw new TmuxError("timeout", "tmux list-sessions took too long");
  };
  t.same(await programs({ tmux, bin: "/bin/sh" }).programs.missing(false), {});
});

test("what is missing is logged once, and again when it has been there in between", async (t) => {
  const { tmux } = fakeTmux();
  const { listSessions } = tmux;
  const gone = async () => {
    throw new TmuxError("not-installed", "tmux not found");
  };
  const { kept, programs: both } = programs({ tmux });
  for (const isInstalled of [true, false, false, true, false]) {
    tmux.listSessions = isInstalled ? listSessions : gone;
    t.ok(await both.logMissing(false));
  }
  const told = kept.entries.map(({ level, msg, err }) => [level, msg, err]);
  t.same(told, [
    [50, opencodeMissing, undefined],
    [40, curlMissing, undefined],
    [50, tmuxMissing, undefined],
    [50, tmuxMissing, undefined],
  ]);
  t.notOk(await programs({ bin: "/bin/sh" }).programs.logMissing(false), "curl keeps nothing");
});

test("curl is what agents reply with, so it is missed on this machine alone", async (t) => {
  const dir = t.testdir({ curl: "" });
  chmodSync(join(dir, "curl"), 0o755);
  t.equal(await programs().programs.warning(), curlMissing);
  t.equal(await programs({ path: dir }).programs.warning(), undefined);
  t.equal(await programs({ isLocal: false }).programs.warning(), undefined);
});

test("an opencode that is too old is not started, and asked again before the next start", async (t) => {
  const problem = "opencode 1.2.3 is too old: install another.";
  const found = { name: "opencode", found: true } as const;
  let asked = 0;
  let version: ToolVersion = { ...found, version: "1.2.3", problem };
  const one = programs({
    bin: "/bin/sh",
    version: async () => {
      asked += 1;
      return version;
    },
  }).programs;
  t.same(await one.missing(true), {}, "nothing is run for a server that answers");
  t.ok(await one.logMissing(false));
  t.same(await one.missing(false), { opencode: problem });
  version = { ...found, version: "1.18.33" };
  t.notOk(await one.logMissing(false));
  t.same(await one.missing(false), {});
  t.equal(asked, 2);
});
