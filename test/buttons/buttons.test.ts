import { join } from "node:path";
import { test } from "tap";
import {
  addButton,
  bindButtons,
  consumeButtons,
  dropButtons,
  moveButtons,
  type NewButton,
  pruneButtons,
} from "../../src/buttons/buttons.ts";
import { findPressed, type Press } from "../../src/buttons/find-pressed.ts";
import { enqueue } from "../../src/outbox/enqueue.ts";
import type { Store } from "../../src/store/store.ts";
import { tempDir } from "../support/app.ts";
import { change, fileStore, memoryStore, rows } from "../support/memory.ts";

const spent = "This button no longer works.";

const set = { purpose: "test", subject: "one" };
const dayMs = 24 * 60 * 60 * 1000;

/** Adds the buttons of one message in topic 5 of a group; resolves to their keys. */
function show(store: Store, ...fields: Partial<NewButton>[]): Promise<string[]> {
  return store.write(async (transaction) => {
    const keys: string[] = [];
    for (const [n, one] of fields.entries()) {
      const button = { ...set, action: { n }, conversation: "-100:5", once: true, ...one };
      keys.push(await addButton(transaction, button));
    }
    const call = { lane: "-100:5 urgent", method: "sendMessage", payload: { chat_id: -100 } };
    await bindButtons(transaction, set, await enqueue(transaction, call));
    return keys;
  });
}

const pressOf = (key: string, fields: Partial<Press> = {}): Press => ({
  queryId: "q",
  key,
  operator: 1000,
  conversation: "-100:5",
  messageId: 77,
  ...fields,
});

/** Presses a button as its owner does: what it meant, or why it did nothing. */
function press(store: Store, key: string, fields?: Partial<Press>): Promise<unknown> {
  return store.write(async (transaction) => {
    const found = await findPressed(transaction, pressOf(key, fields));
    if ("refusal" in found) return found.refusal;
    if (found.button.once) await consumeButtons(transaction, found.button, 1000);
    return found.button.action;
  });
}

test("a key cannot be guessed, and leads to what its button means", async (t) => {
  const store = await memoryStore(t);
  const action = { command: "list", argument: 'page "2"\n', more: [1, null] };
  const [key = "", other = ""] = await show(store, { action, operator: 1000, once: false }, {});
  for (const one of [key, other]) t.match(one, /^[A-Za-z0-9_-]{24}$/);
  t.not(key, other);
  const found = await store.read((transaction) => findPressed(transaction, pressOf(key)));
  t.match(found, { button: { ...set, key, action, operator: 1000, once: false, outboxId: 1 } });
  for (const unknown of ["", "one", "A".repeat(24), "' OR 1=1 --", key.toLowerCase()]) {
    t.equal(await press(store, unknown), spent, unknown);
  }
});

test("of presses at the same moment one acts, and uses up the others of its message", async (t) => {
  const store = await memoryStore(t);
  const [yes = "", no = ""] = await show(store, {}, {});
  const all = await Promise.all([yes, yes, no, yes].map((key) => press(store, key)));
  t.same(all, [{ n: 0 }, spent, spent, spent]);
});

test("the buttons of a page work until it is redrawn, and all of them if nothing uses them up", async (t) => {
  const store = await memoryStore(t);
  const [next = "", back = ""] = await show(store, { once: false }, { once: false });
  for (const key of [next, next, back]) t.type(await press(store, key), "object");
  await store.write((transaction) => dropButtons(transaction, set));
  for (const key of [next, back]) t.equal(await press(store, key), spent);
  const [again = ""] = await show(store, { once: false });
  t.same(await press(store, again), { n: 0 });
  await store.write((transaction) => consumeButtons(transaction, set, 1000));
  t.equal(await press(store, again), spent);
});

test("another message's buttons stay as they are, whatever the purpose or subject", async (t) => {
  const store = await memoryStore(t);
  const [mine = ""] = await show(store, {});
  const [subject = "", purpose = ""] = await show(store, { subject: "two" }, { purpose: "other" });
  await press(store, mine);
  await store.write((transaction) => dropButtons(transaction, set));
  t.same(await press(store, subject), { n: 0 });
  t.same(await press(store, purpose), { n: 1 });
});

test("a button is its operator's, and any operator's when it has none", async (t) => {
  const store = await memoryStore(t);
  const [bound = "", free = ""] = await show(store, { operator: 1000 }, { once: false });
  t.equal(await press(store, bound, { operator: 1001 }), "This button is for another operator.");
  t.same(await press(store, free, { operator: 1001 }), { n: 1 });
  t.same(await press(store, bound), { n: 0 }, "a refused press uses nothing up");
});

test("a button works in its conversation; elsewhere in the chat only under its own message", async (t) => {
  const store = await memoryStore(t);
  const [key = ""] = await show(store, {});
  const refused: Partial<Press>[] = [
    { conversation: "-200" },
    { conversation: "-200:5" },
    { conversation: "1000" },
    { conversation: "-100:6" },
    { conversation: "-100" },
    { conversation: "-100", messageId: undefined },
  ];
  for (const place of refused) {
    t.equal(
      await press(store, key, place),
      "This button is in another conversation.",
      JSON.stringify(place),
    );
  }
  // Its topic is gone, so that Telegram made the message in the chat at large.
  await change(store, "UPDATE outbox SET message_id = 77");
  t.equal(
    await press(store, key, { conversation: "-200" }),
    "This button is in another conversation.",
  );
  t.equal(
    await press(store, key, { conversation: "-100", messageId: 78 }),
    "This button is in another conversation.",
  );
  t.same(await press(store, key, { conversation: "-100" }), { n: 0 });
});

test("a button that no message shows yet works in its conversation alone", async (t) => {
  const store = await memoryStore(t);
  const button = { ...set, action: 1, conversation: "-100:5", once: true };
  const key = await store.write((transaction) => addButton(transaction, button));
  t.equal(
    await press(store, key, { conversation: "-100" }),
    "This button is in another conversation.",
  );
  t.equal(await press(store, key), 1);
});

test("a restart and a day change nothing: one press works, the next does not", async (t) => {
  const path = join(tempDir(t), "store.sqlite");
  const first = await fileStore(path);
  const [key = "", other = ""] = await show(first, {}, {});
  await change(first, "UPDATE buttons SET created_at = ?", Date.now() - dayMs);
  await first.close();
  const second = await fileStore(path);
  t.same(await press(second, key), { n: 0 });
  await second.close();
  const third = await fileStore(path);
  t.teardown(() => third.close());
  for (const one of [key, other]) t.equal(await press(third, one), spent);
});

test("a group with a new id keeps its buttons", async (t) => {
  const store = await memoryStore(t);
  const [key = "", other = ""] = await show(store, { conversation: "-5" }, { conversation: "-55" });
  await store.write((transaction) => moveButtons(transaction, "-5", "-1005"));
  t.equal(
    await press(store, key, { conversation: "-5" }),
    "This button is in another conversation.",
  );
  t.equal(
    await press(store, other, { conversation: "-1005" }),
    "This button is in another conversation.",
  );
  t.same(await press(store, key, { conversation: "-1005" }), { n: 0 });
});

test("old buttons go, used or not, but not those that their owner drops", async (t) => {
  const store = await memoryStore(t);
  const [used = "", kept = ""] = await show(store, {}, { subject: "two", isKept: true });
  await press(store, used);
  const prune = (olderThan: number, limit: number) =>
    store.write((transaction) => pruneButtons(transaction, olderThan, limit));
  t.equal(await prune(Date.now() - dayMs, 10), 0);
  await change(store, "UPDATE buttons SET created_at = 1");
  await show(store, { subject: "three" });
  t.equal(await prune(Date.now() - dayMs, 10), 1);
  t.equal(await press(store, used), spent);
  t.same(await press(store, kept), { n: 1 });
});

test("a call is pinned while its message shows buttons", async (t) => {
  const store = await memoryStore(t);
  const pins = async () =>
    (await rows<{ is_pinned: number }>(store, "SELECT is_pinned FROM outbox ORDER BY id")).map(
      ({ is_pinned }) => is_pinned,
    );
  await show(store, {}, {});
  t.same(await pins(), [1]);
  await store.write(async (transaction) => {
    await dropButtons(transaction, set);
    await addButton(transaction, { ...set, action: 1, conversation: "-100:5", once: true });
    await bindButtons(transaction, set, 1);
  });
  t.same(await pins(), [1], "it was redrawn");
  await store.write((transaction) => dropButtons(transaction, set));
  t.same(await pins(), [0]);
});
