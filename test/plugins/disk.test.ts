import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { test, type Test } from "tap";
import type { FastifyInstance } from "fastify";
import { secret, startApp } from "../support/app.ts";
import { rows } from "../support/memory.ts";
import { update } from "../support/updates.ts";

async function stage(t: Test) {
  const { app, kept } = await startApp(t);
  let id = 0;
  const post = (words = "hello") => {
    id += 1;
    return app.inject({
      method: "POST",
      url: "/telegram/webhook",
      headers: { "content-type": "application/json", "x-telegram-bot-api-secret-token": secret },
      payload: update(id, { text: words }),
    });
  };
  const storeFault = async () => {
    const response = await app.inject("/readyz");
    return response.json<{ missing: { store?: string } }>().missing.store;
  };
  return { app, kept, post, storeFault };
}

/** Lets the store's file grow to so many pages and no further, as a full disk would. */
async function limitPages(app: FastifyInstance, pages: number): Promise<void> {
  await rows(app.store, `PRAGMA max_page_count = ${pages}`);
}

test("a full disk: 503, nothing half stored, red, and back by itself when there is room", async (t) => {
  const { app, post, storeFault, kept } = await stage(t);
  t.equal((await post()).statusCode, 200);
  t.equal(await storeFault(), undefined);
  await limitPages(app, 1);
  const large = "x".repeat(9000);
  const statuses: number[] = [];
  while (!statuses.includes(503)) statuses.push((await post(large)).statusCode);
  const refused = await post(large);
  t.equal(refused.statusCode, 503);
  t.equal(refused.headers["retry-after"], "5");
  t.notMatch(refused.body, /sqlite|\/tmp/i);
  const accepted = 1 + statuses.filter((status) => status === 200).length;
  const stored = await rows(app.store, "SELECT 1 FROM updates");
  t.equal(stored.length, accepted, "what was answered 200 is there, and nothing else");
  t.equal(await storeFault(), "the store cannot be written: is the disk full?");
  const reply = await app.inject({
    method: "POST",
    url: "/reply",
    headers: { authorization: `Bearer ${app.replyToken}`, "content-type": "text/plain" },
    payload: "x".repeat(20_000),
  });
  t.equal(reply.statusCode, 503, "a reply is not accepted either");
  t.equal(reply.headers["retry-after"], "5");

  await limitPages(app, 100_000);
  t.equal((await post(large)).statusCode, 200);
  t.equal(await storeFault(), undefined);
  t.match(kept.lines.join(""), /an update could not be stored/);
});

test("a store that another program holds: 503 and red, and back by itself", async (t) => {
  const { app, post, storeFault } = await stage(t);
  const other = new DatabaseSync(join(app.config.dataDir, "switchboard.sqlite"));
  other.exec("BEGIN IMMEDIATE");
  const refused = await post();
  t.equal(refused.statusCode, 503);
  t.equal(refused.headers["retry-after"], "5");
  t.type(await storeFault(), "string");
  other.exec("ROLLBACK");
  other.close();
  t.equal((await post()).statusCode, 200);
  t.equal(await storeFault(), undefined);
});
