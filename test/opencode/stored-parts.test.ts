import { test } from "tap";
import { StoredParts } from "../../src/opencode/stored-parts.ts";
import { FakeEvents, FakeOpencode } from "../support/fake-opencode.ts";
import { partStored } from "../support/live-events.ts";

test("parts of a message are stored once opencode told of all of them", (t) => {
  const events = new FakeEvents(new FakeOpencode());
  const parts = new StoredParts(events);
  const tell = (messageID: string, id: string) =>
    events.emit("event", partStored({ id, messageID, type: "text", text: "" }));
  tell("msg_1", "prt_1");
  {
    using expected = parts.expect("msg_1");
    t.notOk(expected.has(["prt_1"]), "what was told before is of an earlier attempt");
    tell("msg_1", "prt_1");
    tell("msg_2", "prt_2");
    t.ok(expected.has(["prt_1"]));
    t.notOk(expected.has(["prt_1", "prt_2"]), "a part of another message does not count");
    tell("msg_1", "prt_2");
    t.ok(expected.has(["prt_1", "prt_2"]));
  }
  using again = parts.expect("msg_1");
  t.notOk(again.has(["prt_1"]));
  t.end();
});
