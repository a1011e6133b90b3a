import { test } from "tap";
import type { SessionStatus } from "@opencode-ai/sdk/v2/client";
import type { OpencodeEvent } from "../../src/opencode/events.ts";
import { OpencodeSessions } from "../../src/opencode/session-reader.ts";
import { SessionTree } from "../../src/opencode/session-tree.ts";
import { FakeEvents, FakeOpencode } from "../support/fake-opencode.ts";

const session = { directory: "/srv", sessionId: "s" };
const rests = { busy: false, retrying: false, decisions: [] };

/** A reader that trusts events, and what it asked opencode for. */
function scene() {
  const client = new FakeOpencode();
  const events = new FakeEvents(client);
  const asked: string[] = [];
  const now: Record<string, SessionStatus> = {};
  client.statuses = async (directory) => {
    asked.push(directory);
    return { ...now };
  };
  const reader = new OpencodeSessions(client, new SessionTree(client), events);
  const tell = (type: string, properties: object) =>
    events.emit("event", { id: "1", type, properties } as unknown as OpencodeEvent);
  const turns = (sessionID: string, type: "busy" | "idle" | "retry") =>
    tell("session.status", { sessionID, status: { type } });
  const read = () => reader.readSession(session, { trustsEvents: true });
  return { client, events, asked, now, reader, tell, turns, read };
}

test("what was read as resting is not asked again while nothing works", async (t) => {
  const { asked, turns, read, reader } = scene();
  t.same(await read(), rests);
  t.same(await read(), rests);
  t.equal(asked.length, 1);
  await reader.readSession(session);
  t.equal(asked.length, 2, "who must be sure asks");
  turns("other", "busy");
  await read();
  t.equal(asked.length, 3);
  turns("other", "idle");
  await read();
  t.equal(asked.length, 3);
  await reader.readSession({ ...session, directory: "/tmp" }, { trustsEvents: true });
  t.same(asked.slice(3), ["/tmp"], "another directory");
});

test("a session that works is asked about, however its work is called", async (t) => {
  const { asked, now, turns, read } = scene();
  await read();
  for (const type of ["busy", "retry"] as const) {
    turns("s", type);
    now["s"] = { type } as SessionStatus;
    t.match(await read(), { busy: true, retrying: type === "retry" });
  }
  t.equal(asked.length, 3);
});

test("what began while the answer was on its way is not overlooked", async (t) => {
  const { client, asked, turns, read } = scene();
  const { statuses } = client;
  client.statuses = async (directory) => {
    const answer = await statuses(directory);
    turns("s", "busy");
    return answer;
  };
  await read();
  client.statuses = statuses;
  turns("s", "idle");
  await read();
  t.equal(asked.length, 2);
});

test("after a gap, and when opencode starts a directory anew, it is asked", async (t) => {
  const { events, asked, tell, turns, read } = scene();
  await read();
  for (const forget of [
    () => events.emit("closed"),
    () => events.emit("open"),
    () => tell("server.instance.disposed", { directory: "/srv" }),
    () => tell("global.disposed", {}),
  ]) {
    asked.length = 0;
    forget();
    await read();
    await read();
    t.equal(asked.length, 1);
  }
  turns("s", "busy");
  tell("session.deleted", { info: { id: "s" } });
  await read();
  t.equal(asked.length, 1, "a session that is gone works no more");
  events.isHeard = false;
  await read();
  await read();
  t.equal(asked.length, 3, "nobody would tell");
});
