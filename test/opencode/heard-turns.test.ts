import { test } from "tap";
import type { OpencodeEvent } from "../../src/opencode/events.ts";
import { HeardTurns } from "../../src/opencode/heard-turns.ts";
import { FakeEvents, FakeOpencode } from "../support/fake-opencode.ts";

/** What one session of opencode tells, and what was heard of it; its turns are asked for. */
function scene() {
  const events = new FakeEvents(new FakeOpencode());
  const heard = new HeardTurns(events);
  const tell = (type: string, properties: object) =>
    events.emit("event", { id: "1", type, properties } as unknown as OpencodeEvent);
  const rests = () => tell("session.status", { sessionID: "s", status: { type: "idle" } });
  const works = () => tell("session.status", { sessionID: "s", status: { type: "busy" } });
  const madeAt = new Map<string, number>();
  const message = (id: string, role: string, completed?: number) => {
    const created = madeAt.get(id) ?? madeAt.size;
    madeAt.set(id, created);
    tell("message.updated", { info: { id, sessionID: "s", role, time: { created, completed } } });
  };
  const part = (messageID: string, fields: object, id = `prt_${messageID}`) =>
    tell("message.part.updated", { part: { id, messageID, sessionID: "s", ...fields } });
  const asks = (id: string) => {
    message(id, "user");
    part(id, { type: "text", text: `words of ${id}` });
  };
  const answers = (id: string) => {
    message(id, "assistant");
    part(id, { type: "text", text: "", time: { start: 1 } });
    tell("message.part.delta", { sessionID: "s", messageID: id, delta: "the end" });
    part(id, { type: "text", text: "the end", time: { start: 1, end: 2 } });
    message(id, "assistant", 2);
  };
  const turn = (name: string) => {
    asks(`${name}1`);
    works();
    answers(`${name}2`);
    rests();
  };
  const ids = () => heard.of("s")?.map(({ info }) => info.id);
  heard.of("s");
  return { events, heard, tell, rests, works, message, part, asks, answers, turn, ids };
}

test("a turn is heard from its prompt to its end, after the last message of the one before", async (t) => {
  const { heard, turn, ids } = scene();
  turn("a");
  t.same(ids(), ["a1", "a2"]);
  t.match(heard.of("s")?.at(-1), {
    info: { time: { completed: 2 } },
    parts: [{ text: "the end" }],
  });
  turn("b");
  t.same(ids(), ["a2", "b1", "b2"]);
  turn("c");
  t.same(ids(), ["b2", "c1", "c2"]);
});

test("a prompt that joins a turn is part of it", async (t) => {
  const { asks, works, answers, rests, ids } = scene();
  asks("a1");
  works();
  asks("a2");
  answers("a3");
  rests();
  t.same(ids(), ["a1", "a2", "a3"]);
});

test("what opencode adds later to a message of an earlier turn is no part of the newest", async (t) => {
  const { message, turn, ids } = scene();
  turn("a");
  turn("b");
  message("a1", "user");
  t.same(ids(), ["a2", "b1", "b2"]);
  turn("c");
  t.same(ids(), ["b2", "c1", "c2"]);
});

test("what was not heard to its end, or may have been missed, has to be read", async (t) => {
  const { events, heard, asks, answers, message, part, tell, turn, ids } = scene();
  answers("a2");
  t.equal(ids(), undefined, "its prompt was not heard");
  asks("b1");
  message("b2", "assistant");
  t.equal(ids(), undefined, "the message goes on");
  part("b2", { type: "text", text: "half", time: { start: 1 } });
  message("b2", "assistant", 2);
  t.equal(ids(), undefined, "its text goes on");
  part("b2", { type: "text", text: "all", time: { start: 1, end: 2 } });
  t.same(ids(), ["b1", "b2"]);

  for (const lose of [
    () => events.emit("closed"),
    () => events.emit("open"),
    () => tell("message.removed", { sessionID: "s", messageID: "c1" }),
    () => tell("message.part.removed", { sessionID: "s", messageID: "c1", partID: "p" }),
    () => tell("session.deleted", { info: { id: "s" } }),
  ]) {
    turn("c");
    t.ok(ids());
    lose();
    t.equal(ids(), undefined);
  }
  turn("d");
  events.isHeard = false;
  t.equal(ids(), undefined);
  t.equal(heard.of("other"), undefined);
});

test("of files and tools only what tells how they ended is kept", async (t) => {
  const { asks, part, answers, heard } = scene();
  asks("a1");
  part("a1", { type: "file", mime: "image/png", url: "data:image/png;base64,AAAA" }, "prt_file");
  answers("a2");
  const time = { start: 3, end: 4 };
  const state = { status: "completed", input: { command: "ls" }, output: "much", time, title: "" };
  part("a2", { type: "tool", tool: "bash", state }, "prt_tool");
  const error = { status: "error", input: { a: 1 }, error: "user rejected", time };
  const metadata = { interrupted: true, output: "much" };
  part("a2", { type: "tool", tool: "edit", state: { ...error, metadata } }, "prt_error");
  const [asked, answered] = heard.of("s") ?? [];
  t.match(asked?.parts, [{ type: "text" }, { type: "file", mime: "image/png", url: "data:" }]);
  t.match(answered?.parts.slice(1), [
    { tool: "bash", state: { status: "completed", input: {}, output: "", time } },
    {
      tool: "edit",
      state: { status: "error", error: "user rejected", metadata: { interrupted: true } },
    },
  ]);
  t.notMatch(JSON.stringify(heard.of("s")), /much|AAAA/);
});
