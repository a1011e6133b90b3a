import { test } from "tap";
import { Catalog } from "../../src/opencode/catalog.ts";
import { OpencodeUnreachable } from "../../src/opencode/errors.ts";
import { FakeEvents, FakeOpencode } from "../support/fake-opencode.ts";

function counted({ isOpen = true } = {}) {
  const client = new FakeOpencode();
  const events = new FakeEvents(client);
  Object.defineProperty(events, "isOpen", { get: () => isOpen });
  const asked: string[] = [];
  const { providers } = client;
  client.providers = async (directory) => {
    asked.push(directory);
    return providers(directory);
  };
  return { client, events, asked, catalog: new Catalog({ client, events }) };
}

test("opencode is asked once for each directory, until its settings may have changed", async (t) => {
  const { events, asked, catalog } = counted();
  const [first] = await Promise.all([catalog.providers("/a"), catalog.providers("/a")]);
  t.equal(first?.[0]?.id, "stub");
  await catalog.providers("/b");
  t.same(asked, ["/a", "/b"]);

  events.emit("event", { id: "1", type: "session.idle", properties: { sessionID: "s" } });
  await catalog.providers("/a");
  t.same(asked, ["/a", "/b"], "an event about something else");
  events.emit("event", {
    id: "2",
    type: "server.instance.disposed",
    properties: { directory: "/a" },
  });
  await catalog.providers("/a");
  t.same(asked, ["/a", "/b", "/a"]);
  events.emit("closed");
  await catalog.providers("/a");
  t.same(asked, ["/a", "/b", "/a", "/a"]);
});

test("an answer is not kept while nothing would tell of a change", async (t) => {
  const { asked, catalog } = counted({ isOpen: false });
  await catalog.providers("/a");
  await catalog.providers("/a");
  t.same(asked, ["/a", "/a"]);
});

test("a failure is told and not kept", async (t) => {
  const { client, catalog } = counted();
  const { agents } = client;
  client.agents = async () => {
    throw new OpencodeUnreachable("GET /agent");
  };
  await t.rejects(catalog.agents("/a"), OpencodeUnreachable);
  client.agents = agents;
  t.same(await catalog.agents("/a"), [{ name: "build" }, { name: "plan" }]);
});
