import { execFile } from "node:child_process";
import { once } from "node:events";
import { type IncomingMessage, request as httpRequest } from "node:http";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { test } from "tap";
import { replyToken, secret, startApp } from "../support/app.ts";
import { caddyMissing, domain, listenBehind, startCaddy } from "../support/caddy.ts";
import { disguises, nearWebhook, routes, webhookPath } from "../support/disguises.ts";
import { type Asked, httpsClient } from "../support/https-client.ts";
import { states } from "../support/inbox-rows.ts";
import { update } from "../support/updates.ts";

const skip = caddyMissing;
const run = promisify(execFile);
const ours = {
  "content-type": "application/json",
  "x-telegram-bot-api-secret-token": secret,
  authorization: `Bearer ${replyToken}`,
};
test(
  "Telegram's webhook passes Caddy over HTTPS, and nothing else in any disguise",
  { skip },
  async (t) => {
    const { app } = await startApp(t);
    const behind = await listenBehind(t, app);
    const caddy = await startCaddy(t, behind.port);
    const client = httpsClient(caddy);
    t.teardown(client.close);
    const post = (path: string, headers: Record<string, string> = {}, n = 1): Asked => ({
      method: "POST",
      path,
      headers: { ...ours, ...headers },
      body: JSON.stringify(update(n, { text: "grüße 👋" })),
    });
    /** How many requests have come through since. */
    const arrivals = () => behind.seen.splice(0);

    await t.test("curl, which checks the certificate, delivers an update", async (t) => {
      const { body = "" } = post(webhookPath);
      for (const version of ["--http1.1", "--http2"]) {
        const headers = Object.entries(ours).flatMap(([name, value]) => [
          "-H",
          `${name}: ${value}`,
        ]);
        const resolve = `${domain}:${caddy.port}:127.0.0.1`;
        const url = `https://${domain}:${caddy.port}${webhookPath}`;
        const options = [
          "-sS",
          version,
          "--cacert",
          caddy.caFile,
          "--resolve",
          resolve,
          ...headers,
        ];
        const shown = ["-w", "%{http_code} %{ssl_verify_result}"];
        const { stdout } = await run("curl", [...options, "--data-binary", body, ...shown, url]);
        t.equal(stdout, "200 0", version);
      }
      t.same(await states(app.store), ["1 pending"], "the same update twice is one");
      const [arrived] = arrivals();
      t.match(arrived, { method: "POST", url: webhookPath, headers: ours, body });
      const { headers } = arrived ?? {};
      const reply = await app.inject({
        method: "POST",
        url: "/reply",
        headers: { ...headers },
        body,
      });
      t.equal(reply.statusCode, 403, "a request that came through a proxy cannot be a reply");
      const stranger = post(webhookPath, { "x-telegram-bot-api-secret-token": "a guess" });
      t.equal(await client.call(stranger), 401, "Switchboard's own answer comes back");
      arrivals();
    });

    await t.test("no other route, by no disguise of its path", async (t) => {
      const asked = routes.flatMap((route) =>
        disguises(route).flatMap((path) => [
          post(path),
          { ...post(path), method: "GET", body: "" },
        ]),
      );
      const wrong: string[] = [];
      const statuses = await Promise.all(
        [...asked, ...nearWebhook.map((path) => post(path))].map(async (one) => {
          const status = await client.call(one);
          // Absolute addresses of other hosts are none of Caddy's sites: it answers with nothing.
          const isOther = status === 200 && one.path.startsWith("http:");
          if (status !== 404 && status !== 400 && !isOther) wrong.push(`${one.method} ${one.path}`);
          return status;
        }),
      );
      t.ok(statuses.length > 500);
      t.same(wrong, []);
      t.same(arrivals(), []);
      for (const status of await client.http2(
        [...routes, ...nearWebhook].map((path) => post(path)),
      )) {
        t.equal(status, 404, "HTTP/2");
      }
      t.same(arrivals(), []);
    });

    await t.test("no other method", async (t) => {
      for (const method of ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"]) {
        const override = { "x-http-method-override": "POST", "x-method-override": "POST" };
        t.equal(await client.call({ method, path: webhookPath, headers: override }), 404, method);
      }
      for (const line of [
        `post ${webhookPath}`,
        `CONNECT ${webhookPath}`,
        "CONNECT 127.0.0.1:8787",
      ]) {
        const answer = await client.raw(`${line} HTTP/1.1\r\nHost: ${domain}\r\n\r\n`);
        t.match(
          answer,
          /^HTTP\/1.1 (400|404|200 OK\r\nServer: Caddy\r\nDate: .*\r\nContent-Length: 0)/,
        );
      }
      t.same(arrivals(), []);
    });

    await t.test("no header makes another address of it", async (t) => {
      const pretended = ["x-original-url", "x-rewrite-url", "x-forwarded-uri", "x-forwarded-path"];
      const sources = ["x-forwarded-for", "x-real-ip", "x-client-ip", "forwarded"];
      const hosts = ["127.0.0.1:8787", "localhost", "[::1]", "127.0.0.1", "elsewhere.example"];
      for (const route of ["/reply", "/readyz"]) {
        const headers = [
          ...pretended.map((name) => ({ [name]: webhookPath })),
          ...sources.map((name) => ({ [name]: "127.0.0.1" })),
          ...hosts.flatMap((host) => [{ host }, { "x-forwarded-host": host }]),
          { "x-http-method-override": "POST", upgrade: "websocket", connection: "upgrade" },
        ];
        for (const one of headers) await client.call(post(route, one));
      }
      t.same(arrivals(), []);

      for (const host of hosts) await client.call(post(webhookPath, { host }));
      t.same(arrivals(), [], "another Host is another site");

      const hidden = {
        "x-original-url": "/reply",
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-host": "127.0.0.1",
        connection: "x-forwarded-for, x-forwarded-host, x-forwarded-proto, forwarded, via",
      };
      t.equal(await client.call(post(webhookPath, hidden)), 200);
      const [arrived] = arrivals();
      t.match(arrived, { url: webhookPath, headers: { "x-forwarded-proto": "https" } });
      const { headers } = arrived ?? {};
      const readyz = await app.inject({
        url: "/readyz",
        headers: { ...headers, host: "localhost:80" },
      });
      t.equal(readyz.statusCode, 403, "it still counts as one that came through a proxy");
    });

    await t.test("no second request is hidden inside of one", async (t) => {
      const head = `POST ${webhookPath} HTTP/1.1\r\nHost: ${domain}\r\n`;
      const inner = `GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n`;
      const size = `Content-Length: ${inner.length}\r\n`;
      const chunked = "Transfer-Encoding: chunked\r\n";
      const tries = [
        `${head}Content-Length: 0\r\n\r\n${inner}`,
        `${head}${size}${chunked}\r\n0\r\n\r\n${inner}`,
        `${head}${chunked}${size}\r\n0\r\n\r\n${inner}`,
        `${head}Content-Length: 5\r\n${chunked}\r\n${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`,
        `${head}Transfer-Encoding: xchunked\r\n${size}\r\n${inner}`,
        `${head}Transfer-Encoding : chunked\r\n${size}\r\n0\r\n\r\n${inner}`,
        `${head}Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n${inner}`,
        `${head}Content-Length: 0\r\n${size}\r\n${inner}`,
        `${head}Content-Length: +0\r\n\r\n${inner}`,
        `${head}X: y\rContent-Length: 0\r\n\r\n${inner}`,
        `${head}Connection: Transfer-Encoding, Content-Length\r\n${size}\r\n${inner}`,
        `POST ${webhookPath} HTTP/1.1\nHost: ${domain}\nContent-Length: 0\n\n${inner}`,
        `POST ${webhookPath} HTTP/1.0\r\nHost: ${domain}\r\n${chunked}\r\n0\r\n\r\n${inner}`,
        `POST ${webhookPath} HTTP/0.9\r\n\r\n${inner}`,
        `GET /readyz HTTP/1.0\r\n\r\n`,
        `GET /readyz\r\n\r\n`,
        `POST ${webhookPath} HTTP/1.1 GET /readyz HTTP/1.1\r\nHost: ${domain}\r\n\r\n`,
      ];
      for (const bytes of tries) {
        const answer = await client.raw(bytes);
        t.notMatch(answer, /ready/, bytes);
      }
      const urls = new Set(arrivals().map(({ method, url }) => `${method} ${url}`));
      t.same([...urls], [`POST ${webhookPath}`]);

      const { body = "" } = post(webhookPath, {}, 2);
      const lines = Object.entries(ours).map(([name, value]) => `${name}: ${value}\r\n`);
      const old = `POST ${webhookPath} HTTP/1.0\r\nHost: ${domain}\r\n${lines.join("")}`;
      const length = `Content-Length: ${Buffer.byteLength(body)}\r\n`;
      t.match(await client.raw(`${old}${length}\r\n${body}`), /^HTTP\/1\.0 200 /, "HTTP/1.0");
      arrivals();
    });

    await t.test("plain HTTP is only told where HTTPS is", async (t) => {
      for (const path of [webhookPath, "/reply"]) {
        const request = httpRequest({
          host: "127.0.0.1",
          port: caddy.plainPort,
          method: "POST",
          path,
          headers: { host: domain, ...ours },
        });
        request.end("{}");
        const [response] = (await once(request, "response")) as [IncomingMessage];
        response.resume();
        t.equal(response.statusCode, 308, path);
      }
      t.same(arrivals(), []);
    });

    await t.test("a body or headers that are too large do not reach Switchboard", async (t) => {
      const mib = 1024 * 1024;
      const fits = { ...post(webhookPath), body: " ".repeat(mib) };
      t.equal(await client.call(fits), 400, "Switchboard's own answer: this is no update");
      t.equal(arrivals().length, 1);
      // Caddy 2.6 has no answer of its own for it: to its proxy, the request broke off.
      t.equal(await client.call({ ...fits, body: " ".repeat(mib + 1) }), 502);
      const large = post(webhookPath, { "x-large": "x".repeat(16 * 1024) });
      t.equal(await client.call(large), 431);
      t.same(arrivals(), []);
    });
  },
);

test(
  "where networks are named, a post from elsewhere gets 404, whatever it says of itself",
  { skip },
  async (t) => {
    const { app } = await startApp(t);
    const behind = await listenBehind(t, app);
    const asked = {
      method: "POST",
      path: webhookPath,
      headers: ours,
      body: JSON.stringify(update(1)),
    };
    const documented = readFileSync(join(import.meta.dirname, "../../docs/receive.md"), "utf8");
    const telegrams = /SWITCHBOARD_NETWORKS=([\d./ ]+)"/.exec(documented)?.[1] ?? "";
    t.equal(telegrams, "149.154.160.0/20 91.108.4.0/22");
    const statuses = async (networks: string) => {
      const client = httpsClient(await startCaddy(t, behind.port, networks));
      t.teardown(client.close);
      const claims = ["x-forwarded-for", "x-real-ip", "forwarded", "client-ip"].map((name) => ({
        ...asked,
        headers: { ...ours, [name]: "149.154.167.220" },
      }));
      return Promise.all([asked, ...claims].map((one) => client.call(one)));
    };
    t.same(new Set(await statuses(telegrams)), new Set([404]));
    t.same(new Set(await statuses("")), new Set([404]), "nobody is named");
    t.same(behind.seen, []);
    t.same(new Set(await statuses(`${telegrams} 127.0.0.0/8`)), new Set([200]));
  },
);
