import { GrammyError, HttpError } from "grammy/web";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { test } from "tap";
import { sourcesOf } from "../support/modules.ts";
import { createCall, outcomeOf } from "../../src/telegram/api.ts";
import { token } from "../support/app.ts";

test("failures are sorted by whether the call may have taken effect", async (t) => {
  const grammy = (error_code: number, description: string, parameters: object = {}) =>
    new GrammyError(
      "failed",
      { ok: false, error_code, description, parameters },
      "sendMessage",
      {},
    );
  const network = (...codes: string[]) =>
    new HttpError(
      "Network request failed",
      codes.reduceRight<Error | undefined>(
        (cause, code) => Object.assign(new Error("x", { cause }), { code }),
        undefined,
      ) ?? new Error("no code"),
    );
  const failed = (code: string, syscall: string) =>
    new HttpError("x", Object.assign(new Error("x"), { code, syscall }));
  const outcomes: [unknown, object][] = [
    [grammy(429, "Too Many Requests", { retry_after: 7 }), { kind: "limited", retryAfterMs: 7000 }],
    [grammy(429, "Too Many Requests"), { kind: "limited", retryAfterMs: 1000 }],
    [
      grammy(404, "Not Found: method not found"),
      { kind: "refused", status: 404, description: "Not Found: method not found" },
    ],
    [grammy(404, "Not Found"), { kind: "unreachable", reason: "status 404" }],
    ...["soon", -5, 1e12, null, {}].map((retry_after): [unknown, object] => [
      grammy(429, "Too Many Requests", { retry_after }),
      { kind: "limited", retryAfterMs: 1000 },
    ]),
    [
      grammy(429, "Too Many Requests", { retry_after: "7" }),
      { kind: "limited", retryAfterMs: 7000 },
    ],
    [grammy(400, "x", { migrate_to_chat_id: "x" }), { kind: "refused", status: 400 }],
    [grammy(400, "Bad Request: chat not found"), { kind: "refused", status: 400 }],
    [grammy(403, "Forbidden"), { kind: "forbidden" }],
    [grammy(400, "upgraded", { migrate_to_chat_id: -1000 }), { kind: "migrated", chatId: -1000 }],
    [grammy(400, "Bad Request: message is not modified: x"), { kind: "ok" }],
    [grammy(400, "Bad Request: query is too old and response timeout expired"), { kind: "ok" }],
    [grammy(401, "Unauthorized"), { kind: "unreachable" }],
    [grammy(404, "Not Found"), { kind: "unreachable" }],
    [grammy(404, "Not Found: chat not found"), { kind: "unreachable" }],
    [grammy(404, "Not Found: method not found"), { kind: "refused", status: 404 }],
    [grammy(500, "Internal"), { kind: "unreachable" }],
    [grammy(504, "Gateway Timeout"), { kind: "uncertain" }],
    [network("ECONNREFUSED"), { kind: "unreachable", reason: "ECONNREFUSED" }],
    [network("UND_ERR", "ENOTFOUND"), { kind: "unreachable" }],
    [network("GATEWAY_502"), { kind: "unreachable" }],
    [network("GATEWAY_504"), { kind: "uncertain" }],
    [network("GATEWAY_413"), { kind: "refused", status: 413 }],
    [network("GATEWAY_404"), { kind: "unreachable" }],
    [network("ECONNRESET"), { kind: "uncertain", reason: "ECONNRESET" }],
    [network("UND_ERR_HEADERS_TIMEOUT"), { kind: "uncertain" }],
    [network(), { kind: "uncertain", reason: "no answer" }],
    [failed("ENOENT", "open"), { kind: "refused", description: "the file is gone" }],
    [failed("EACCES", "open"), { kind: "refused", description: "the file is gone" }],
    [failed("EACCES", "connect"), { kind: "unreachable" }],
    [grammy(undefined as never, ""), { kind: "uncertain" }],
    [new Error("anything"), { kind: "uncertain" }],
  ];
  for (const [error, outcome] of outcomes) t.match(outcomeOf(error), outcome, String(error));
  const happyEyeballs = new AggregateError([
    Object.assign(new Error("4"), { code: "ECONNREFUSED" }),
  ]);
  t.match(outcomeOf(new HttpError("x", new Error("fetch failed", { cause: happyEyeballs }))), {
    kind: "unreachable",
  });
});

test("what stands before the Bot API and fails says nothing about a message", async (t) => {
  const pages: [number, string, string, object][] = [
    [502, "text/html", "<html>", { kind: "unreachable" }],
    [502, "application/json", '{"message":"no upstream"}', { kind: "unreachable" }],
    [503, "application/problem+json", "null", { kind: "unreachable" }],
    [400, "text/html", "<html>plain HTTP to an HTTPS port", { kind: "unreachable" }],
    [413, "text/html", "<html>", { kind: "refused", status: 413 }],
    [200, "application/json", '{"status":"up"}', { kind: "uncertain" }],
    [200, "application/json", '{"ok":true}', { kind: "ok", messageId: undefined }],
    [200, "application/json", '{"ok":true,"result":null}', { kind: "ok", messageId: undefined }],
    [200, "application/json", '{"ok":true,"result":{"message_id":"x"}}', { kind: "ok" }],
    [200, "text/html", "<html>log in first", { kind: "uncertain" }],
    [
      400,
      "application/json",
      '{"ok":false,"error_code":400,"description":"no"}',
      { kind: "refused" },
    ],
  ];
  let page: (typeof pages)[number] | undefined;
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(page?.[0] ?? 500, { "content-type": page?.[1] }).end(page?.[2]);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const call = createCall({ token, apiRoot: `http://127.0.0.1:${port}` });
  for (page of pages) {
    const outcome = await call("sendMessage", { chat_id: 1, text: "x" });
    t.match(outcome, page[3], `${page[0]} ${page[2]}`);
  }
});

// It takes 16 MB; and one build does not know an InputFile of the other.
test("only types come from grammY's build for Node", async (t) => {
  const sources = sourcesOf("src", "plugins", "routes", "cli", "sandbox", "bench", "test");
  const loading = sources.filter(({ text }) => /^import (?!type )[^;]*from "grammy";/m.test(text));
  t.same(
    loading.map(({ path }) => path),
    [],
  );
  t.ok(sources.some(({ text }) => text.includes('from "grammy/web"')));
});
