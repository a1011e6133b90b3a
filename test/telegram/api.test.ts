import { GrammyError, HttpError } from "grammy";
import { test } from "tap";
import { outcomeOf } from "../../src/telegram/api.ts";

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
  const outcomes: [unknown, object][] = [
    [grammy(429, "Too Many Requests", { retry_after: 7 }), { kind: "limited", retryAfterMs: 7000 }],
    [grammy(429, "Too Many Requests"), { kind: "limited", retryAfterMs: 1000 }],
    [grammy(400, "Bad Request: chat not found"), { kind: "refused", status: 400 }],
    [grammy(403, "Forbidden"), { kind: "refused", status: 403 }],
    [grammy(400, "Bad Request: message is not modified: x"), { kind: "ok" }],
    [grammy(400, "Bad Request: query is too old and response timeout expired"), { kind: "ok" }],
    [grammy(401, "Unauthorized"), { kind: "unreachable" }],
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
    [network("ENOENT"), { kind: "refused", description: "the file is gone" }],
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
