import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "tap";
import { migration as queues } from "../../src/store/migrations/1-queues.ts";
import { migration as confirmations } from "../../src/store/migrations/2-confirmations.ts";
import { migration as submitted } from "../../src/store/migrations/3-submitted-prompts.ts";
import { tempDir } from "../support/app.ts";
import { fileStore, rows } from "../support/memory.ts";

test("a store of an earlier version gets the new columns, filled from what is there", async (t) => {
  const path = join(tempDir(t), "store.sqlite");
  const before = new DatabaseSync(path);
  for (const { sqlite } of [queues, confirmations, submitted]) before.exec(sqlite);
  const file = { chat_id: -100, document: { path: "/data/outgoing/1", name: "a.txt" } };
  const insert = before.prepare(
    `INSERT INTO outbox (lane, method, payload, state, created_at) VALUES ('l', 'm', ?, 'pending', 0)`,
  );
  for (const payload of [file, { chat_id: 1000, text: "a card" }, { callback_query_id: "q" }]) {
    insert.run(JSON.stringify(payload));
  }
  before.exec(
    `INSERT INTO cards (request_id, kind, agent, conversation, request, state, outbox_id, created_at)
     VALUES ('per_1', 'permission', 'site', '1000', '{}', 'open', 2, 0);
     PRAGMA user_version = 3`,
  );
  before.close();

  const store = await fileStore(path);
  t.teardown(() => store.close());
  t.same(await rows(store, "SELECT chat_id, file, is_pinned FROM outbox ORDER BY id"), [
    { chat_id: -100, file: "/data/outgoing/1", is_pinned: 0 },
    { chat_id: 1000, file: null, is_pinned: 1 },
    { chat_id: null, file: null, is_pinned: 0 },
  ]);
});
