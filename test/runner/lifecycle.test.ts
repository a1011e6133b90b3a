import { test, type Test } from "tap";
import { Agents } from "../../src/agents/agents.ts";
import { OpencodeRefused, OpencodeUnreachable } from "../../src/opencode/errors.ts";
import { Lifecycle } from "../../src/runner/lifecycle.ts";
import { Sessions } from "../../src/runner/sessions.ts";
import { keptLog } from "../support/app.ts";
import { FakeOpencode } from "../support/fake-opencode.ts";
import { FakeTerminals } from "../support/graph.ts";
import { memoryStore, signal } from "../support/memory.ts";
import { flatTree, startWith } from "../support/session.ts";

/** A running agent before an opencode and a terminal that note what they are asked. */
async function running(t: Test) {
  const store = await memoryStore(t);
  const agents = new Agents(store, flatTree);
  await startWith(store, "site", "ses_1");
  const client = new FakeOpencode();
  const terminals = new FakeTerminals(client.did);
  terminals.close = async () => void client.did.push("closed");
  const { log } = keptLog();
  const newSession = { model: undefined, variant: undefined };
  const sessions = new Sessions({ store, agents, client, terminals, newSession, log });
  const about = { directory: "/work", yolo: false, log };
  const lifecycle = new Lifecycle({ store, agents, sessions, ...about });
  const get = async () => (await agents.get("site"))!;
  const stop = () => store.write((transaction) => lifecycle.stop(transaction, "site"));
  const start = () => store.write((transaction) => lifecycle.start(transaction, "site"));
  return { client, sessions, lifecycle, get, stop, start };
}

test("a stop is recorded first; ending the turn and the terminal is done once for it", async (t) => {
  const { client, sessions, get, stop } = await running(t);
  await stop();
  t.same(client.did, [], "nothing happens inside of the transaction");
  t.match(await get(), { state: "stopped", sessionToEnd: "ses_1" });
  await sessions.end(await get());
  t.same(client.did, ["aborted", "closed"]);
  t.equal((await get()).sessionToEnd, undefined);
  await sessions.end(await get());
  t.same(client.did, ["aborted", "closed"]);
});

test("a second stop ends again what the first may have left", async (t) => {
  const { client, sessions, get, stop } = await running(t);
  await stop();
  await sessions.end(await get());
  await stop();
  await sessions.end(await get());
  t.same(client.did, ["aborted", "closed", "aborted", "closed"]);
});

test("a stop that opencode does not hear is kept until it does", async (t) => {
  const { client, sessions, get, stop } = await running(t);
  const { abort } = client;
  client.abort = async () => {
    throw new OpencodeUnreachable("POST /abort");
  };
  await stop();
  await t.rejects(sessions.end(await get()), OpencodeUnreachable);
  t.same(client.did, ["closed"], "the terminal is closed all the same");
  t.match(await get(), { sessionToEnd: "ses_1" });
  client.abort = abort;
  await sessions.end(await get());
  t.equal((await get()).sessionToEnd, undefined);
});

test("a session that opencode no longer has needs no end", async (t) => {
  const { client, sessions, get, stop } = await running(t);
  client.abort = async () => {
    throw new OpencodeRefused("POST /abort", 404);
  };
  await stop();
  await sessions.end(await get());
  t.equal((await get()).sessionToEnd, undefined);
});

test("an agent started anew still has its earlier turn ended", async (t) => {
  const { client, sessions, get, stop, start } = await running(t);
  await stop();
  t.equal(await start(), "started");
  t.match(await get(), { state: "active", sessionId: undefined, sessionToEnd: "ses_1" });
  await sessions.end(await get());
  t.same(client.did, ["aborted", "closed"]);
});

test("a stop is carried out at once, beside what the agent's loop is doing, and not twice", async (t) => {
  const { client, sessions, lifecycle, get, stop } = await running(t);
  const aborting = signal();
  const answer = signal();
  client.abort = async () => {
    client.did.push("aborted");
    aborting.resolve();
    await answer.promise;
  };
  lifecycle.listen();
  await stop();
  await aborting.promise;
  const ofLoop = sessions.end(await get());
  answer.resolve();
  await ofLoop;
  t.same(client.did, ["aborted", "closed"]);
  t.equal((await get()).sessionToEnd, undefined);
});
