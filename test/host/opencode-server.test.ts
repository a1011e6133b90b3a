import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { test } from "tap";
import { OpencodeServer } from "../../src/host/opencode-server.ts";
import type { ProjectConfig } from "../../src/host/server-env.ts";
import { type ServerStart, serverStart, type StartRecord } from "../../src/host/server-start.ts";
import type { Pane } from "../../src/tmux/pane.ts";
import type { NewSession, TmuxServer } from "../../src/tmux/tmux.ts";
import { keptLog } from "../support/app.ts";
import { fakeTmux } from "../support/fake-tmux.ts";

/** Keeps in memory with what a server was started. */
function memoryRecord(): StartRecord & { kept: ServerStart | undefined } {
  const record: StartRecord & { kept: ServerStart | undefined } = {
    kept: undefined,
    read: async () => record.kept,
    write: async (start) => void (record.kept = start),
  };
  return record;
}

interface About {
  isLocal?: boolean;
  record?: StartRecord;
  wanted?: ProjectConfig;
  isProgramMissing?: boolean;
  log?: ReturnType<typeof keptLog>["log"];
}

const server = (
  tmux: TmuxServer,
  url: string,
  {
    isLocal = true,
    record = memoryRecord(),
    wanted = "trust",
    isProgramMissing = false,
    log = keptLog().log,
  }: About = {},
) =>
  new OpencodeServer({
    tmux,
    bin: "opencode",
    url,
    cwd: "/srv",
    env: {},
    start: serverStart(wanted, { username: "opencode", password: "new" }),
    record,
    agents: async () => ["site", "old"],
    isLocal,
    programs: { logMissing: async () => isProgramMissing },
    log,
    lookEveryMs: 1,
  });
const pane = (dead: boolean) => ({ id: "%1", dead }) as Pane;

test("a server is started where nothing runs, restarted where it died, and else left alone", async (t) => {
  const { tmux, did } = fakeTmux();
  const started: NewSession[] = [];
  tmux.newSession = async (session) => {
    started.push(session);
    return "%1";
  };
  await server(tmux, "http://localhost:5050").ensure();
  t.match(started, [
    {
      name: "opencode-server",
      command: ["opencode", "serve", "--hostname", "127.0.0.1", "--port", "5050"],
    },
  ]);
  await server(tmux, "http://[::1]").ensure();
  t.match(started.at(-1)?.command, ["opencode", "serve", "--hostname", "::1", "--port", "80"]);

  tmux.pane = async () => pane(true);
  await server(tmux, "http://127.0.0.1:5050").ensure();
  t.same(did, ["respawn %1"]);
  tmux.pane = async () => pane(false);
  await server(tmux, "http://127.0.0.1:5050").ensure();
  t.equal(started.length + did.length, 3);
});

test("a server that starts is up when it says so, or has ended, and not before", async (t) => {
  const { tmux, did } = fakeTmux();
  let said = "";
  let state: Pane | undefined = pane(true);
  tmux.pane = async () => state;
  tmux.respawn = async () => {
    did.push("respawn");
    state = pane(false);
  };
  tmux.look = async () => ({ ...pane(false), text: said });
  const { kept, log } = keptLog();
  const one = server(tmux, "http://127.0.0.1:1", { log });
  await one.up();
  one.begin();
  let isUp = false;
  const up = one.up().then(() => (isUp = true));
  while (did.length === 0) await new Promise(setImmediate);
  said = "Warning: no password";
  await new Promise((resolve) => setTimeout(resolve, 10));
  t.notOk(isUp);
  said += "\nopencode server listening on http://127.0.0.1:1\n";
  await up;
  t.match(kept.entries.at(-1), { msg: "opencode is up" });

  state = pane(true);
  said = "";
  await one.ensure();
  const ended = one.up();
  state = pane(true);
  await ended;
  t.same(did, ["respawn", "respawn"]);
});

test("a server that listens already is up at once, and so is one on another machine", async (t) => {
  const listening = createServer().listen(0, "127.0.0.1");
  await once(listening, "listening");
  t.teardown(() => listening.close());
  const { tmux, did } = fakeTmux();
  const { port } = listening.address() as AddressInfo;
  const one = server(tmux, `http://127.0.0.1:${port}`);
  one.begin();
  await one.up();
  t.same(did, []);
  const far = server(tmux, "http://192.0.2.1:5050", { isLocal: false });
  far.begin();
  await far.up();
  t.same(did, []);
});

test("nothing is started while a program that it takes is missing", async (t) => {
  const { tmux, did } = fakeTmux();
  await server(tmux, "http://127.0.0.1:5050", { isProgramMissing: true }).ensure();
  t.same(did, []);
  await server(tmux, "http://127.0.0.1:5050").ensure();
  t.same(did, ["new opencode-server"]);
});

test("a server on another machine is not ours to start; two calls at once start one", async (t) => {
  const { tmux } = fakeTmux();
  let started = 0;
  tmux.newSession = async () => {
    started += 1;
    return "%1";
  };
  await server(tmux, "http://192.0.2.1:5050", { isLocal: false }).ensure();
  t.equal(started, 0);
  const local = server(tmux, "http://127.0.0.1:5050");
  await Promise.all([local.ensure(), local.ensure()]);
  t.equal(started, 1);
});

test("with what a server is started is kept, and terminals that would not fit it are ended", async (t) => {
  const { tmux } = fakeTmux();
  const ended: string[] = [];
  tmux.killSession = async (name) => {
    ended.push(name);
    return true;
  };
  /** Starts a server after one that was started otherwise; which terminals that ended. */
  const after = async (before: ServerStart | undefined, wanted: ProjectConfig) => {
    const record = memoryRecord();
    record.kept = before;
    ended.length = 0;
    await server(tmux, "http://127.0.0.1:5050", { record, wanted }).ensure();
    t.match(record.kept, { projectConfig: wanted });
    return [...ended];
  };
  const was = (mode: ProjectConfig, password = "new") =>
    serverStart(mode, { username: "opencode", password });
  t.same(await after(was("trust"), "trust"), [], "nothing changed");
  const both = ["site", "old"];
  t.same(await after(was("ignore"), "trust"), both);
  t.same(await after(was("trust", "old"), "trust"), both, "another password");
  t.same(await after(undefined, "trust"), both, "an older Switchboard started it");
  t.same(await after(was("ignore"), "ignore"), both, "none may connect before an agent's loop");

  tmux.pane = async () => pane(false);
  t.same(await after(was("ignore"), "ignore"), [], "a server that runs is left alone");
});
