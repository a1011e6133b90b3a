import { test } from "tap";
import type { SessionInfo } from "../../src/opencode/client.ts";
import { OpencodeRefused } from "../../src/opencode/errors.ts";
import type { OpencodeEvent } from "../../src/opencode/events.ts";
import { KnownSessions } from "../../src/opencode/known-sessions.ts";
import { FakeEvents, FakeOpencode } from "../support/fake-opencode.ts";

function scene() {
  const client = new FakeOpencode();
  const events = new FakeEvents(client);
  const asked: string[] = [];
  let title = "first";
  client.session = async (id) => {
    asked.push(id);
    return { id, title, agent: "build" };
  };
  const tell = (type: "session.updated" | "session.deleted", info: SessionInfo) =>
    events.emit("event", { id: "1", type, properties: { info } } as unknown as OpencodeEvent);
  const retitle = (to: string) => (title = to);
  return { client, events, asked, tell, retitle, known: new KnownSessions({ client, events }) };
}

test("a session is read once, and then is what opencode tells of it", async (t) => {
  const { asked, tell, known } = scene();
  t.match(await known.session("s"), { title: "first", agent: "build" });
  tell("session.updated", { id: "s", title: "second", agent: "plan" });
  tell("session.updated", { id: "other", title: "of nobody" });
  t.match(await known.session("s"), { title: "second", agent: "plan" });
  t.same(asked, ["s"]);
  t.match(await known.session("other"), { title: "first" });
  t.same(asked, ["s", "other"]);
});

test("a session is read again after events were missed, and once it is gone", async (t) => {
  const { events, asked, tell, known, retitle } = scene();
  await known.session("s");
  events.emit("closed");
  retitle("second");
  t.match(await known.session("s"), { title: "second" });
  tell("session.deleted", { id: "s" });
  await known.session("s");
  t.same(asked, ["s", "s", "s"]);
  events.isHeard = false;
  events.emit("closed");
  await known.session("s");
  await known.session("s");
  t.equal(asked.length, 5, "nothing would tell of a change");
});

test("a session whose agent or model was switched without a prompt is read again", async (t) => {
  const { events, asked, known } = scene();
  await known.session("s");
  for (const type of ["session.next.agent.switched", "session.next.model.switched"]) {
    events.emit("event", { id: "1", type, properties: { sessionID: "s" } } as never);
    await known.session("s");
    await known.session("s");
  }
  t.same(asked, ["s", "s", "s"]);
});

test("what is told while a session is read counts, and so does being asked now", async (t) => {
  const { asked, tell, known, retitle } = scene();
  const reading = known.session("s");
  tell("session.updated", { id: "s", title: "second" });
  await reading;
  t.match(await known.session("s"), { title: "second" });
  retitle("third");
  t.match(await known.sessionNow("s"), { title: "third" });
  t.match(await known.session("s"), { title: "third" });
  t.same(asked, ["s", "s"]);
});

test("a failure is told and not kept", async (t) => {
  const { client, known } = scene();
  const { session } = client;
  client.session = async () => {
    throw new OpencodeRefused("GET /session/s", 404);
  };
  await t.rejects(known.session("s"), OpencodeRefused);
  client.session = session;
  t.match(await known.session("s"), { title: "first" });
});
