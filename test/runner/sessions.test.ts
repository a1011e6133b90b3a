import { test } from "tap";
import { choose } from "../../src/agents/choice.ts";
import type { PermissionRule } from "../../src/opencode/client.ts";
import { OpencodeRefused, OpencodeUnreachable } from "../../src/opencode/errors.ts";
import { running } from "../support/stopping.ts";

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

test("a session that is resumed is taken as opencode has it, then its terminal is opened", async (t) => {
  const { client, sessions, agents, lifecycle, write } = await running(t);
  const about = { sessionId: "ses_9", directory: "/asked", title: "Old title", name: "shop" };
  await write((transaction) => lifecycle.resume(transaction, { ...about, yolo: true }));
  client.session = async (id) => ({ id, title: "Its title", directory: "/code" });
  const opened = await sessions.ensure((await agents.get("shop"))!);
  const now = { title: "Its title", directory: "/code", yolo: true, isOpened: true };
  t.match(opened, now);
  t.match(await agents.get("shop"), now);
  t.same(client.did, ["ses_9 free", "closed", "opened shop"]);
  await sessions.ensure((await agents.get("shop"))!);
  t.equal(client.did.length, 3, "once");
});

test("a session whose rules allow everything is in YOLO mode, whoever made it", async (t) => {
  const { client, sessions, agents, lifecycle, write } = await running(t);
  const free = { permission: "*", pattern: "*", action: "allow" } as const;
  const asks = { ...free, permission: "bash", action: "ask" } as const;
  for (const [index, [permission, yolo]] of [
    [[asks, free], true],
    [[free, asks], false],
    [[], false],
  ].entries() as Iterable<[number, [PermissionRule[], boolean]]>) {
    const name = `shop-${index}`;
    const about = { sessionId: `ses_9${index}`, directory: "/code", title: "Title", name };
    await write((transaction) => lifecycle.resume(transaction, about));
    client.session = async (id) => ({ id, permission });
    t.match(await sessions.ensure((await agents.get(name))!), { yolo }, name);
  }
  t.notOk(client.did.some((one) => one.endsWith("free")));
});

test("an agent whose kept session is gone gets a new one", async (t) => {
  const { client, sessions, lifecycle, write, get, stop } = await running(t);
  await stop();
  await write((transaction) => lifecycle.start(transaction, "site", { mode: "continue" }));
  await sessions.end(await get());
  client.session = async () => {
    throw new OpencodeRefused("GET /session", 404);
  };
  client.createSession = async () => ({ id: "ses_new" });
  t.match(await sessions.ensure(await get()), { sessionId: "ses_new" });
});

test("the model that was chosen for an agent is that of its new session", async (t) => {
  const { client, sessions, lifecycle, write, get } = await running(t);
  const chosen = { model: "stub/own", variant: "high" };
  await write((transaction) => choose(transaction, "site", chosen, 1));
  await write((transaction) => lifecycle.renew(transaction, "site"));
  const made: unknown[] = [];
  client.createSession = async (_, __, settings) => {
    made.push(settings);
    return { id: "ses_2" };
  };
  await sessions.ensure(await get());
  t.match(made, [{ ...chosen, yolo: false }]);
});
