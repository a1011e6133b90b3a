import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { GrammyError, HttpError } from "grammy/web";
import { test } from "tap";
import { createApi } from "../../src/telegram/api.ts";
import { telegramFault, webhookFault } from "../../src/telegram/fault.ts";
import { Pauses } from "../../src/telegram/pauses.ts";
import { token } from "../support/app.ts";

const memory = { get: async () => undefined, set: async () => undefined };

function refusal(error_code: number, description: string): GrammyError {
  return new GrammyError("", { ok: false, error_code, description }, "getMe", {});
}

async function faultAt(apiRoot: string) {
  const error: unknown = await createApi({ token, apiRoot }, new Pauses(memory))
    .getMe()
    .catch((caught: unknown) => caught);
  return telegramFault(error);
}

test("a port where nobody listens and what is no TLS are told apart", async (t) => {
  const closed = createServer().listen(0, "127.0.0.1");
  await once(closed, "listening");
  const { port } = closed.address() as AddressInfo;
  // It answers TLS's first words with its own.
  closed.on(
    "connection",
    (socket) =>
      void socket
        .on("error", () => undefined)
        .resume()
        .end("no TLS here\n"),
  );
  const plain = await faultAt(`https://127.0.0.1:${port}`);
  t.match(plain, { kind: "certificate", message: /^The certificate of the Bot API.*clock/ });
  closed.close();
  await once(closed, "close");
  const nobody = await faultAt(`http://127.0.0.1:${port}`);
  t.match(nobody, { kind: "port", isFinal: false });
  t.match(nobody.message, `Nothing listens on 127.0.0.1:${port}: check TELEGRAM_API_ROOT`);
});

test("the errors of the system, of fetch and of grammY lead to one cause each", async (t) => {
  const system = (code: string, rest = {}) => Object.assign(new Error(code), { code, ...rest });
  const fetched = (cause: unknown) => new TypeError("fetch failed", { cause });
  const wrapped = (cause: Error) => new HttpError("failed", fetched(cause));
  for (const [error, kind] of [
    [wrapped(system("EAI_AGAIN", { hostname: "api.telegram.org" })), "name"],
    [fetched(system("CERT_HAS_EXPIRED")), "certificate"],
    [wrapped(system("DEPTH_ZERO_SELF_SIGNED_CERT")), "certificate"],
    [wrapped(system("ERR_TLS_CERT_ALTNAME_INVALID")), "certificate"],
    [wrapped(system("UNABLE_TO_VERIFY_LEAF_SIGNATURE")), "certificate"],
    [fetched(new AggregateError([system("ECONNREFUSED", { port: 443 })])), "port"],
    [wrapped(system("UND_ERR_CONNECT_TIMEOUT")), "unreachable"],
    [wrapped(system("ECONNRESET")), "unreachable"],
    [system("ENETUNREACH"), "unreachable"],
    [new Error("whatever"), "unreachable"],
    ["no error at all", "unreachable"],
    [refusal(500, "Internal Server Error"), "unreachable"],
    [refusal(429, "Too Many Requests: retry after 5"), "unreachable"],
    [refusal(400, "Bad Request: BOT_COMMAND_INVALID"), "refused"],
  ] as const) {
    const fault = telegramFault(error);
    t.equal(fault.kind, kind, fault.message);
    t.notOk(fault.isFinal);
    t.match(fault.message, /^[A-Z][^\n]*\.$/, "one sentence");
  }
  for (const error of [refusal(401, "Unauthorized"), refusal(404, "Not Found")]) {
    t.match(telegramFault(error), { kind: "token", isFinal: true, message: /TELEGRAM_BOT_TOKEN/ });
  }
});

test("what Telegram says of the webhook leads to its cause and a remedy", async (t) => {
  for (const [said, kind, remedy] of [
    ["Bad Request: bad webhook: Failed to resolve host: Name or service not known", "name", /DNS/],
    [
      "Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
      "port",
      /8443/,
    ],
    ["SSL error {error:0A000086:SSL routines::certificate verify failed}", "certificate", /Caddy/],
    ["Connection refused", "port", /firewall/],
    ["Connection timed out", "port", /firewall/],
    ["Wrong response from the webhook: 502 Bad Gateway", "port", /upstream/],
    ["Wrong response from the webhook: 404 Not Found", "refused", /proxy/],
    ["Bad Request: bad webhook: IP address 10.0.0.1 is reserved", "refused", /PUBLIC_URL/],
  ] as const) {
    const fault = webhookFault(said);
    t.match(fault, { kind, message: remedy, isFinal: false });
    t.match(fault.message, said);
    t.same(telegramFault(refusal(400, said)).kind === kind || !/webhook/.test(said), true);
  }
  const long = webhookFault(`see https://theirs.example/?key=abcdef ${"word ".repeat(100)}`);
  t.notMatch(long.message, /theirs|abcdef/);
  t.ok(long.message.length < 300);
});
