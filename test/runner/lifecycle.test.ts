import { test } from "tap";
import { signal } from "../support/memory.ts";
import { running } from "../support/stopping.ts";

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
