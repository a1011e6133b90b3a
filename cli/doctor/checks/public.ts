import { lookup } from "node:dns/promises";
import { Agent } from "node:https";
import { isLoopbackUrl } from "../../../src/config.ts";
import { type Check, failed, type Finding, ok, skipped } from "../check.ts";
import { configOf, type Context } from "../context.ts";
import { type Answer, ask, codeOf } from "../request.ts";
import { certificateFault, certificateOf } from "../tls.ts";
import { address, runs } from "./switchboard.ts";

// Those that Telegram connects to (core.telegram.org/bots/webhooks).
const telegramPorts = [443, 80, 88, 8443];

/** All that is only for programs on this machine. */
const closedPaths: readonly (readonly [method: string, path: string])[] = [
  ["POST", "/reply"],
  ["GET", "/messages"],
  ["GET", "/agent-token"],
  ["POST", "/ask"],
  ["GET", "/healthz"],
  ["GET", "/readyz"],
  ["GET", "/metrics"],
];

const isPublic = ({ settings }: Context) => settings?.receive === "webhook";

/** Whether PUBLIC_URL leads to a server with a certificate that Telegram accepts. */
export const publicAddress: Check = {
  name: "public address",
  needs: ["settings"],
  applies: isPublic,
  run: async (context, _before, signal) => {
    const { publicUrl = "", apiRoot } = configOf(context).telegram;
    const url = new URL(publicUrl);
    if (url.protocol === "http:")
      return ok("plain HTTP, as a Bot API server on this machine takes it");
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const port = Number(url.port || 443);
    if (!telegramPorts.includes(port) && !isLoopbackUrl(apiRoot)) {
      return failed(
        `Telegram does not connect to port ${port}: use one of ${telegramPorts.join(", ")} in PUBLIC_URL`,
      );
    }
    try {
      const found = await lookup(host, { all: true });
      if (!found.some(({ family }) => family === 4)) {
        return failed(`${host} has only an IPv6 address, and Telegram uses IPv4: add an A record`);
      }
      const { validTo, issuer } = await certificateOf({ host, port }, { ca: context.ca, signal });
      const until = new Date(validTo).toISOString().slice(0, 10);
      return ok(`${host} has a certificate from ${issuer}, valid until ${until}`);
    } catch (error) {
      return failed(unreached(error, `${host}:${port}`));
    }
  },
};

/** Whether what Telegram posts there arrives at Switchboard, which refuses it without the secret. */
export const webhookPath: Check = {
  name: "webhook path",
  needs: ["public address"],
  after: ["Switchboard"],
  applies: isPublic,
  run: async (context, before, signal) => {
    const { publicUrl = "" } = configOf(context).telegram;
    const url = `${publicUrl}/telegram/webhook`;
    let answer: Answer;
    try {
      answer = await ask(url, { method: "POST", ca: context.ca, signal });
    } catch (error) {
      if (!runs(before)) return skipped("not checked: see Switchboard");
      return failed(unreached(error, new URL(url).host));
    }
    if (answer.status === 401 && isSwitchboards(answer)) {
      return ok("reaches Switchboard, which refuses requests without the secret (401)");
    }
    if (answer.status >= 502 && answer.status <= 504) {
      if (!runs(before)) return skipped("the proxy answers; behind it Switchboard does not run");
      return failed(
        `the proxy answers ${answer.status}: its upstream must be ${address(context).slice("http://".length)} (SWITCHBOARD_UPSTREAM)`,
      );
    }
    if (answer.status === 404) {
      // A variable of our Caddyfile.
      if (context.env["SWITCHBOARD_NETWORKS"]) {
        return skipped("404, which is right from here: Caddy lets in SWITCHBOARD_NETWORKS alone");
      }
      return failed(
        "404: have the proxy forward POST /telegram/webhook, as in our Caddyfile; " +
          "if SWITCHBOARD_NETWORKS is set for Caddy, 404 is right from here",
      );
    }
    return failed(
      `${answer.status} instead of Switchboard's 401: have the proxy at PUBLIC_URL forward ` +
        "POST /telegram/webhook unchanged, as in our Caddyfile",
    );
  },
};

/** Whether nothing else is reachable from outside. */
export const otherPaths: Check = {
  name: "other paths",
  needs: ["public address"],
  applies: isPublic,
  run: async (context, _before, signal): Promise<Finding> => {
    const { publicUrl = "" } = configOf(context).telegram;
    if (publicUrl.startsWith("http:")) {
      return skipped("not checked: PUBLIC_URL leads to this machine alone");
    }
    // One connection for all of them.
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const how = { ca: context.ca, signal, agent };
    const answers = await Promise.all(
      closedPaths.map(async ([method, path]) => {
        const answer = await ask(`${publicUrl}${path}`, { ...how, method });
        return { path, isOpen: answer.status !== 404 || isSwitchboards(answer) };
      }),
    ).finally(() => agent.destroy());
    const open = answers.filter(({ isOpen }) => isOpen).map(({ path }) => path);
    if (open.length === 0) return ok("closed: /reply and the rest answer 404 from outside");
    return failed(
      `${open.join(", ")} can be reached from outside: have the proxy forward nothing but ` +
        "POST /telegram/webhook, as in our Caddyfile",
    );
  },
};

/** Fastify's errors are JSON with the status in it; a proxy's are not. */
function isSwitchboards({ status, body }: Answer): boolean {
  try {
    const { statusCode, message } = JSON.parse(body) as { statusCode?: unknown; message?: unknown };
    return statusCode === status && typeof message === "string";
  } catch {
    return false;
  }
}

function unreached(error: unknown, place: string): string {
  const code = codeOf(error);
  const certificate = certificateFault(code);
  if (certificate !== undefined) return `${place}: ${certificate} (${code})`;
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return `the name in ${place} is not known (${code}): correct PUBLIC_URL, or add its DNS record`;
  }
  return (
    `${place} does not answer (${code || "no connection"}): start Caddy and open the port in the firewall; ` +
    "behind some routers a machine cannot reach its own public address, and then only the webhook line counts"
  );
}
