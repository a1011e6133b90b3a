import { type Test, test } from "tap";
import { decideCard } from "../../src/cards/decide.ts";
import { pressCard } from "../../src/cards/presses.ts";
import { OpencodeRefused } from "../../src/opencode/errors.ts";
import { outboxRows, queuedTexts, rows } from "../support/memory.ts";
import { permission, reconciling } from "../support/reconciling.ts";

/** Agent `site` at work on a prompt, in a turn that asks for a permission. */
async function asking(t: Test) {
  const life = await reconciling(t);
  const { store, sessions, write, run } = life;
  await write("go");
  await run();
  sessions.now = { busy: true, retrying: false, decisions: [permission] };
  const press = async () => {
    const [{ key } = { key: "" }] = await rows<{ key: string }>(
      store,
      "SELECT key FROM buttons WHERE action LIKE '%once%'",
    );
    const place = { operator: 1000, conversation: "1000", messageId: undefined };
    await store.write((transaction) => pressCard(transaction, { queryId: "q", key, ...place }));
    return (await outboxRows(store)).at(-1)?.payload["text"];
  };
  const decide = () =>
    store.write((transaction) =>
      decideCard(transaction, { number: 1, words: "allow", operator: 1000, conversation: "1000" }),
    );
  return { ...life, press, decide };
}

test("a stop closes the open cards of its agent, and a decision about them is refused", async (t) => {
  const { store, cards, run, stop, start, press, decide, did } = await asking(t);
  await run();
  await stop();
  t.match((await queuedTexts(store)).at(-1), /ls\n\nThe agent was stopped\.$/);
  t.notOk(await cards.hasOpen("site"));
  t.equal(await press(), "This button no longer works.");
  t.equal(await decide(), "Not decided: site is stopped.");
  await run();
  t.same(did, ["posted go", "aborted"], "opencode was told nothing else");

  await start();
  t.equal(await press(), "This button no longer works.");
  t.equal(await decide(), "Not decided: no card 1 is open here.");
});

test("a card that was decided before its agent was stopped stays decided", async (t) => {
  const { run, stop, press } = await asking(t);
  await run();
  t.equal(await press(), "Allowed once.");
  await run();
  await stop();
  t.equal(await press(), "This button no longer works.");
});

test("a stop while cards are made ready lets none be shown, whoever starts the agent again", async (t) => {
  for (const isRestarted of [false, true]) {
    const { store, cards, run, stop, start, opencode, agents } = await asking(t);
    const { session } = opencode;
    opencode.session = async (id) => {
      await stop();
      if (isRestarted) {
        await start();
        await agents.setSession("site", "ses_2", (await agents.get("site"))?.title ?? "");
      }
      return session(id);
    };
    await run();
    t.same(await queuedTexts(store), []);
    t.notOk(await cards.hasOpen("site"));
  }
});

test("an agent whose session is lost has no cards of it any more", async (t) => {
  const { store, cards, sessions, run, press, opencode } = await asking(t);
  await run();
  sessions.fault = new OpencodeRefused("GET /session", 404);
  opencode.session = async () => {
    throw new OpencodeRefused("GET /session", 404);
  };
  t.same(await run(), { againInMs: 0 });
  t.ok(
    (await queuedTexts(store)).some((text) =>
      /ls\n\nThe agent has a new session/.test(String(text)),
    ),
  );
  t.notOk(await cards.hasOpen("site"));
  t.equal(await press(), "This button no longer works.");
});
