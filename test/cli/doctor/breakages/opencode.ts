import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { serverStart, startRecord } from "../../../../src/host/server-start.ts";
import { Settings } from "../../../../src/store/settings.ts";
import { SqliteDatabase } from "../../../../src/store/sqlite.ts";
import { Store } from "../../../../src/store/store.ts";
import type { Pane } from "../../../../src/tmux/pane.ts";
import { type DoctorWorld, provider } from "../../../support/doctor-world.ts";
import { fakeTmux } from "../../../support/fake-tmux.ts";
import { putEmptyStore } from "../../../support/migrated.ts";
import { type Breakage, data } from "./breakage.ts";

const plugin = (world: DoctorWorld) => data(world, "opencode", "plugin", "switchboard.ts");
const config = (world: DoctorWorld, more: object) => {
  const [, usual] = world.opencode["GET /config"] ?? [];
  world.opencode["GET /config"] = [200, { ...(usual as object), ...more }];
};

/** What can be wrong with opencode's server and what it has loaded. */
export const ofOpencode: readonly Breakage[] = [
  [
    "opencode's server is down",
    "opencode server",
    /is not running, though Switchboard starts it: tmux -L \S+ attach -t opencode-server shows why/,
    async (world) =>
      (world.env["OPENCODE_API_URL"] = `http://127.0.0.1:${await world.closedPort()}`),
  ],
  [
    "opencode's server refuses the password",
    "opencode server",
    /refuses Switchboard's password\. Restart opencode .*kill-server/,
    (world) => (world.login = "other"),
  ],
  [
    "another program is in opencode's place",
    "opencode server",
    /belongs to another program: correct OPENCODE_API_URL/,
    ({ opencode }) => (opencode["GET /global/health"] = [200, "<html>"]),
  ],
  [
    "opencode's server is too old",
    "opencode server",
    /1\.2\.3 is too old: install .* until it is restarted: tmux -L \S+ kill-server$/,
    ({ opencode }) => (opencode["GET /global/health"] = [200, { version: "1.2.3" }]),
  ],
  [
    "opencode's server asks for no password",
    "opencode start",
    /asks for no password.* stop it, and Switchboard starts its own/,
    (world) => (world.login = "none"),
  ],
  [
    "opencode's server obeys projects that it should ignore",
    "opencode start",
    /obeys the settings of projects, but PROJECT_CONFIG=ignore is wanted\. .*stop it/,
    ({ env }) => (env["PROJECT_CONFIG"] = "ignore"),
  ],
  [
    "opencode's server was started by other settings",
    "opencode start",
    /ignores the settings of projects, but PROJECT_CONFIG=trust is wanted\. Restart .* kill-server$/,
    async (world) => {
      const { tmux } = fakeTmux();
      world.context.tmux = () => ({ ...tmux, pane: async () => ({ dead: false }) as Pane });
      world.env["PROJECT_CONFIG"] = "trust";
      const path = data(world, "switchboard.sqlite");
      await putEmptyStore(path);
      const store = await Store.open(new SqliteDatabase(path));
      const login = { username: "opencode", password: "of before" };
      await startRecord(new Settings(store)).write(serverStart("ignore", login));
      await store.close();
    },
  ],
  [
    "nobody is logged in",
    "model",
    /not logged in to any provider.*run npx opencode auth login/,
    (world) => {
      config(world, { model: undefined });
      world.opencode["GET /config/providers"] = [
        200,
        { providers: [provider("opencode", "custom")] },
      ];
    },
  ],
  [
    "opencode has no model at all",
    "model",
    /has no model: run npx opencode auth login.*kill-server/,
    ({ opencode }) => (opencode["GET /config/providers"] = [200, {}]),
  ],
  [
    "the model is unknown",
    "model",
    /no model acme\/two: correct OPENCODE_MODEL.*, or run npx opencode auth login/,
    ({ env }) => (env["OPENCODE_MODEL"] = "acme/two"),
  ],
  [
    "the variant is unknown",
    "model",
    /no variant low: correct OPENCODE_VARIANT/,
    ({ env }) => (env["OPENCODE_VARIANT"] = "low"),
  ],
  [
    "the plugin is another version's",
    "agent side",
    /another version's: restart Switchboard, and then opencode when no agent works: tmux -L/,
    (world) => writeFileSync(plugin(world), "old"),
  ],
  [
    "the plugin is not there",
    "agent side",
    /not there: restart Switchboard/,
    (world) => rmSync(plugin(world)),
  ],
  [
    "opencode has not loaded the plugin",
    "agent side",
    /has no send-telegram: stop it if you started it yourself/,
    (world) => config(world, { plugin: [] }),
  ],
  [
    "send-telegram cannot be run",
    "agent side",
    /cannot run .*send-telegram: restore it/,
    (world) => (world.context.home = join(world.dir, "nowhere")),
  ],
];
