import { type FeederState, recordFeeder } from "../../../../src/inbox/feeder-state.ts";
import { token } from "../../../support/app.ts";
import type { DoctorWorld } from "../../../support/doctor-world.ts";
import { type Breakage, data } from "./breakage.ts";

/** Has updates pulled, by a feeder that says this of itself. */
export async function pulls(world: DoctorWorld, state: FeederState): Promise<void> {
  world.env["RECEIVE"] = "pull";
  recordFeeder(data(world), state);
  await world.setWebhook("");
}

/** What can be wrong on the way from Telegram to Switchboard. */
export const ofTheWay: readonly Breakage[] = [
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
    "the address was changed, and Switchboard not restarted",
    "webhook",
    /updates go to old\.example, not to PUBLIC_URL: restart Switchboard/,
    (world) => world.setWebhook("https://old.example/telegram/webhook"),
  ],
  [
    "Telegram does not reach the webhook",
    "webhook",
    /Wrong response from the webhook: 500 [^)]+\): check that .* ago; 1 update waits/,
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
    /not signed by anyone that Telegram trusts: have Caddy get one/,
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
    /does not speak TLS there: give that port to Caddy/,
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
