import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { checks } from "../../../cli/doctor/checks.ts";
import type { Report } from "../../../cli/doctor/run.ts";
import { missing, tooOld } from "../../../src/host/versions.ts";
import { type FeederState, recordFeeder } from "../../../src/inbox/feeder-state.ts";
import { token } from "../../support/app.ts";
import { DoctorWorld, provider } from "../../support/doctor-world.ts";

/** A part that is broken, the one line that is ✗ by it, and what that line says to do. */
type Breakage = [
  what: string,
  check: string,
  says: RegExp,
  breaks: (world: DoctorWorld) => Promise<unknown> | unknown,
];

const data = (world: DoctorWorld, ...path: string[]) => join(world.dir, "data", ...path);
const plugin = (world: DoctorWorld) => data(world, "opencode", "plugin", "switchboard.ts");
const config = (world: DoctorWorld, more: object) => {
  const [, usual] = world.opencode["GET /config"] ?? [];
  world.opencode["GET /config"] = [200, { ...(usual as object), ...more }];
};

async function pulls(world: DoctorWorld, state: FeederState): Promise<void> {
  world.env["RECEIVE"] = "pull";
  recordFeeder(data(world), state);
  await world.setWebhook("");
}

const breakages: Breakage[] = [
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
    /install opencode, or correct OPENCODE_BIN/,
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
        problem: tooOld("1.2.3"),
      }),
  ],
  [
    "Switchboard does not run",
    "Switchboard",
    /does not run: start it with npm start/,
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
    /is another program's: end that, or set another PORT/,
    (world) => (world.switchboard = {}),
  ],
  [
    "opencode's server is down",
    "opencode server",
    /does not run, though Switchboard starts it: tmux -L \S+ attach -t opencode-server shows why/,
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
    /is not opencode's: correct OPENCODE_API_URL/,
    ({ opencode }) => (opencode["GET /global/health"] = [200, "<html>"]),
  ],
  [
    "opencode's server is too old",
    "opencode server",
    /1\.2\.3 is too old: install .* and restart opencode/,
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
    "nobody is logged in",
    "model",
    /logged in to no provider.*run opencode auth login/,
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
    /has no model: run opencode auth login/,
    ({ opencode }) => (opencode["GET /config/providers"] = [200, {}]),
  ],
  [
    "the model is unknown",
    "model",
    /no model acme\/two: run opencode auth login.*, or correct OPENCODE_MODEL/,
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
  [
    "the token is wrong",
    "token",
    /refuses the token; correct TELEGRAM_BOT_TOKEN/,
    ({ env }) => (env["TELEGRAM_BOT_TOKEN"] = token.replace("AAE", "AAF")),
  ],
  [
    "Telegram cannot be reached",
    "token",
    /Nothing listens on \S+: check TELEGRAM_API_ROOT/,
    async (world) =>
      (world.env["TELEGRAM_API_ROOT"] = `http://127.0.0.1:${await world.closedPort()}`),
  ],
  [
    "the clock is wrong",
    "clock",
    /1 hour fast: sudo timedatectl set-ntp true/,
    (world) => (world.context.now = () => Date.now() + 3_660_000),
  ],
  [
    "the webhook is not set",
    "webhook",
    /not set, so no message arrives: restart Switchboard/,
    (world) => world.setWebhook(""),
  ],
  [
    "another program has taken the bot",
    "webhook",
    /updates go to other\.example instead: give every program a bot of its own/,
    (world) => world.setWebhook("https://other.example/hook?key=secret"),
  ],
  [
    "Telegram does not reach the webhook",
    "webhook",
    /Wrong response from the webhook: [^)]+\): check that .* ago; 1 update waits/,
    async (world) => {
      // The server of the world has a certificate that only the doctor trusts here.
      const url = `http://127.0.0.1:${world.ports.switchboard}/telegram/webhook`;
      world.switchboard["POST /telegram/webhook"] = [500];
      await world.setWebhook(url);
      const { update_id: id } = world.telegram.operatorSends({ text: "hello" });
      await world.telegram.until(() =>
        world.telegram.deliveries.find((one) => one.update_id === id && one.error),
      );
      world.env["PUBLIC_URL"] = `http://127.0.0.1:${world.ports.switchboard}`;
      world.switchboard["POST /telegram/webhook"] = world.proxy["POST /telegram/webhook"] ?? [401];
    },
  ],
  [
    "the webhook is set, though updates are pulled",
    "webhook",
    /it is set to localhost:\d+, though RECEIVE=pull: restart Switchboard, which deletes it/,
    ({ env }) => (env["RECEIVE"] = "pull"),
  ],
  [
    "nobody pulls updates",
    "feeder",
    /not pulled; run npm run pull beside Switchboard/,
    (world) => pulls(world, { until: 0 }),
  ],
  [
    "another program pulls them",
    "feeder",
    /^Another program .* give it a bot of its own/,
    (world) =>
      pulls(world, {
        until: Date.now() + 60_000,
        problem: "Another program takes this bot's updates: give it a bot of its own.",
      }),
  ],
  [
    "the certificate has expired",
    "public address",
    /the certificate has expired: Caddy's log/,
    (world) => {
      world.certify("expired");
      world.context.ca = world.authority("expired");
    },
  ],
  [
    "the certificate is for another name",
    "public address",
    /for another name: set SWITCHBOARD_DOMAIN/,
    (world) => {
      world.certify("other");
      world.context.ca = world.authority("other");
    },
  ],
  [
    "nobody trusts the certificate",
    "public address",
    /signed by nobody that Telegram trusts: have Caddy get one/,
    (world) => (world.context.ca = undefined),
  ],
  [
    "nothing listens at the public address",
    "public address",
    /localhost:\d+ does not answer \(ECONNREFUSED\): start Caddy and open the port/,
    async (world) => {
      world.env["PUBLIC_URL"] = `https://localhost:${await world.closedPort()}`;
      await world.setWebhook(`${world.env["PUBLIC_URL"]}/telegram/webhook`);
    },
  ],
  [
    "the public address speaks no TLS",
    "public address",
    /does not speak TLS there: let Caddy have that port/,
    async (world) => {
      world.env["PUBLIC_URL"] = `https://localhost:${world.ports.opencode}`;
      await world.setWebhook(`${world.env["PUBLIC_URL"]}/telegram/webhook`);
    },
  ],
  [
    "the proxy does not forward the webhook",
    "webhook path",
    /^404: have the proxy forward POST \/telegram\/webhook/,
    (world) => (world.proxy = {}),
  ],
  [
    "the proxy does not reach Switchboard",
    "webhook path",
    /answers 502: its upstream must be 127\.0\.0\.1:\d+ \(SWITCHBOARD_UPSTREAM\)/,
    ({ proxy }) => (proxy["POST /telegram/webhook"] = [502]),
  ],
  [
    "another program answers the webhook",
    "webhook path",
    /^200 instead of Switchboard's 401: have the proxy/,
    ({ proxy }) => (proxy["POST /telegram/webhook"] = [200, "hello"]),
  ],
  [
    "the proxy forwards everything",
    "other paths",
    /^\/reply, \/healthz can be reached from outside: have the proxy forward nothing but/,
    ({ proxy }) => {
      proxy["POST /reply"] = [
        403,
        { statusCode: 403, message: "This is only for programs on this machine." },
      ];
      proxy["GET /healthz"] = [404, { statusCode: 404, message: "Route GET:/healthz not found" }];
    },
  ],
  [
    "the store takes nothing",
    "ready",
    /store: the store cannot be written: .*look at its log/,
    ({ switchboard }) =>
      (switchboard["GET /readyz"] = [
        503,
        { missing: { store: "the store cannot be written: is the disk full?" } },
      ]),
  ],
];

test("on a machine where all is well every check says so", async (t) => {
  const world = await DoctorWorld.start(t);
  const names = checks.map(({ name }) => name);
  const webhook = await world.examine();
  t.same(notOk(webhook), []);
  t.same(
    webhook.map(({ name }) => name),
    names.filter((name) => name !== "feeder"),
  );

  await pulls(world, { until: Date.now() + 60_000 });
  const pull = await world.examine();
  t.same(notOk(pull), []);
  t.same(
    pull.map(({ name }) => name),
    names.filter((name) => !publicChecks.has(name)),
    "without a public address nothing of it is checked",
  );
});

test("each part that is broken has its ✗ with the remedy, and neither stack nor secret", async (t) => {
  const world = await DoctorWorld.start(t);
  for (const [what, check, says, breaks] of breakages) {
    await world.heal();
    await breaks(world);
    // The others cost the handshakes of TLS.
    const isPublic = publicChecks.has(check);
    const found = await world.examine(
      isPublic ? checks : checks.filter(({ name }) => !publicChecks.has(name)),
    );
    const wrong = found.filter(({ state }) => state === "failed");
    t.same(
      wrong.map(({ name }) => name),
      [check],
      what,
    );
    t.match(wrong[0]?.text, says, what);
    const lines = found.map(({ text }) => text);
    t.notOk(
      lines.some((line) => /\n|\bat \S+ \(|\.ts:\d/.test(line)),
      `${what}: no stack`,
    );
    t.notMatch(lines.join(" "), /password-of-the|AA[EF]fake|key=secret/, `${what}: no secret`);
  }
  const broken = new Set(breakages.map(([, check]) => check));
  t.same(
    [...broken],
    checks.map(({ name }) => name),
    "every check, in their order",
  );
});

const publicChecks = new Set(["public address", "webhook path", "other paths"]);

const notOk = (reports: readonly Report[]) => reports.filter(({ state }) => state !== "ok");
