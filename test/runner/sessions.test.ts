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

test("all sessions that an agent has left are ended, also those it left while opencode was silent", async (t) => {
  const { client, sessions, lifecycle, get, stop, write } = await running(t);
  await stop();
  const other = { sessionId: "ses_9", directory: "/code", title: "Other", name: "site" };
  await write((transaction) => lifecycle.resume(transaction, other));
  await write((transaction) => lifecycle.renew(transaction, "site"));
  t.match(await get(), { sessionToEnd: "ses_9", endDirectory: "/code" });
  const ended: unknown[] = [];
  client.abort = async (...given) => void ended.push(given);
  await sessions.end(await get());
  t.same(ended, [
    ["ses_9", "/code"],
    ["ses_1", "/srv"],
  ]);
  t.match(await get(), { sessionToEnd: undefined, endDirectory: undefined });
});

test("a session that was left and is resumed is not ended", async (t) => {
  const { client, sessions, lifecycle, get, stop, write } = await running(t);
  await stop();
  const other = { sessionId: "ses_9", directory: "/code", title: "Other", name: "site" };
  await write((transaction) => lifecycle.resume(transaction, other));
  await write((transaction) => lifecycle.renew(transaction, "site"));
  const first = { sessionId: "ses_1", directory: "/srv", title: "First", name: "again" };
  await write((transaction) => lifecycle.resume(transaction, first));
  const ended: unknown[] = [];
  client.abort = async (sessionId) => void ended.push(sessionId);
  await sessions.end(await get());
  t.same(ended, ["ses_9"]);
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

test("a session that an agent has just left is used by another one once its turn was ended", async (t) => {
  const { client, sessions, agents, lifecycle, write, get } = await running(t);
  const answer = Promise.withResolvers<void>();
  client.abort = async () => {
    await answer.promise;
    client.did.push("aborted");
  };
  await write((transaction) => lifecycle.renew(transaction, "site"));
  const ending = sessions.end(await get());
  const about = { sessionId: "ses_1", directory: "/srv", title: "Old title", name: "shop" };
  await write((transaction) => lifecycle.resume(transaction, about));
  const opening = sessions.ensure((await agents.get("shop"))!);
  answer.resolve();
  await Promise.all([ending, opening]);
  t.ok(client.did.indexOf("aborted") < client.did.indexOf("opened shop"), client.did.join());
  await sessions.end(await get());
  t.equal(client.did.filter((one) => one === "aborted").length, 1, "and not again");
});

test("a session that is freed where it runs gets its rule once, and its terminal stays", async (t) => {
  const { client, sessions, lifecycle, write, get } = await running(t);
  const about = { sessionId: "ses_1", directory: "/srv", title: "Title", yolo: true };
  await write((transaction) => lifecycle.resume(transaction, about));
  t.match(await sessions.ensure(await get()), { yolo: true, areRulesDue: false });
  t.match(await sessions.ensure(await get()), { yolo: true });
  t.same(client.did, ["ses_1 free"]);
});

test("a session that is freed while it is opened stays free", async (t) => {
  const { client, sessions, lifecycle, write, get, stop } = await running(t);
  await stop();
  await sessions.end(await get());
  await write((transaction) => lifecycle.start(transaction, "site", { mode: "continue" }));
  const about = { sessionId: "ses_1", directory: "/srv", title: "Title", yolo: true };
  client.session = async (id) => {
    await write((transaction) => lifecycle.resume(transaction, about));
    return { id };
  };
  await sessions.ensure(await get());
  await sessions.ensure(await get());
  t.match(await get(), { yolo: true, areRulesDue: false });
  t.ok(client.did.includes("ses_1 free"));
});

test("a terminal that opens while its agent is stopped does not stay open", async (t) => {
  const { client, sessions, terminals, lifecycle, write, get, stop } = await running(t);
  await write((transaction) => lifecycle.renew(transaction, "site"));
  await sessions.end(await get());
  terminals.ensure = async () => {
    await stop();
    await sessions.end(await get());
    client.did.push("opened");
  };
  await sessions.ensure(await get());
  t.same(client.did.slice(-2), ["opened", "closed"]);
});
