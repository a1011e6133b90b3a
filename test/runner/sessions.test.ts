import { test } from "tap";
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
