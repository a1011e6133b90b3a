import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { missing } from "../../../../src/host/versions.ts";
import { type Breakage, data } from "./breakage.ts";

/** What can be wrong with the machine: its files, programs and Switchboard itself. */
export const ofMachine: readonly Breakage[] = [
  [
    "a setting is missing",
    "settings",
    /TELEGRAM_ALLOWED_CHAT_ID is missing; set it to .* Correct \.env/,
    ({ env }) => delete env["TELEGRAM_ALLOWED_CHAT_ID"],
  ],
  [
    "the workspace holds the secrets",
    "settings",
    /WORKSPACE_DIR is invalid; it holds DATA_DIR.* Set it to a folder of its own/,
    (world) => (world.env["WORKSPACE_DIR"] = world.dir),
  ],
  [
    ".env is open",
    ".env",
    /other users .* chmod 600 .*\.env$/,
    (world) => chmodSync(join(world.dir, ".env"), 0o644),
  ],
  [
    "DATA_DIR is open",
    "DATA_DIR",
    /other users .* chmod 700 .*data/,
    (world) => chmodSync(data(world), 0o755),
  ],
  [
    "the disk is full",
    "disk",
    /only 20 MB free for DATA_DIR.*: make room/,
    (world) => (world.context.freeBytes = async () => 20e6),
  ],
  [
    "Node is old",
    "Node",
    /^20\.1\.0 is too old: run npm ci/,
    (world) => (world.context.node = "20.1.0"),
  ],
  [
    "tmux is not installed",
    "tmux",
    /not installed: install it.*apt-get install tmux/,
    ({ tools }) => (tools.tmux = { name: "tmux", found: false, problem: missing.tmux }),
  ],
  [
    "curl is not installed",
    "curl",
    /not installed.*apt-get install curl/,
    ({ tools }) => (tools.curl = { name: "curl", found: false, problem: missing.curl }),
  ],
  [
    "opencode is not installed",
    "opencode",
    /install opencode .*, or correct OPENCODE_BIN/,
    ({ tools }) => (tools.opencode = { name: "opencode", found: false, problem: missing.opencode }),
  ],
  [
    "opencode is too old",
    "opencode",
    /1\.2\.3 is too old: install/,
    ({ tools }) =>
      (tools.opencode = {
        name: "opencode",
        found: true,
        version: "1.2.3",
        problem: "opencode 1.2.3 is too old: install another.",
      }),
  ],
  [
    "Switchboard does not run",
    "Switchboard",
    /is not running: start it with npm start/,
    async (world) => (world.env["PORT"] = String(await world.closedPort())),
  ],
  [
    "Switchboard still runs at another port",
    "Switchboard",
    /it runs at http:\S+, not at http:\S+ as HOST and PORT say: restart it/,
    async (world) => {
      writeFileSync(data(world, "reply-url"), `http://127.0.0.1:${world.ports.switchboard}\n`);
      world.env["PORT"] = String(await world.closedPort());
    },
  ],
  [
    "another program has the port",
    "Switchboard",
    /belongs to another program: stop that program, or set another PORT/,
    (world) => (world.switchboard = {}),
  ],
];
