import { test } from "tap";
import type { Opencode, PermissionRequest } from "../../src/opencode/client.ts";
import { OpencodeRefused, OpencodeUnreachable } from "../../src/opencode/errors.ts";
import { OpencodeSessions } from "../../src/opencode/session-reader.ts";
import { SessionTree } from "../../src/opencode/session-tree.ts";
import { FakeEvents, FakeOpencode } from "../support/fake-opencode.ts";

/** An opencode that knows these sessions' parents and what waits in their directory. */
function opencode(
  parents: Record<string, string | undefined>,
  statuses: Awaited<ReturnType<Opencode["statuses"]>>,
  asked: string[] = [],
) {
  const calls: string[] = [];
  const client = new FakeOpencode();
  client.session = async (id) => {
    calls.push(id);
    if (id === "down") throw new OpencodeUnreachable("GET /session");
    if (!(id in parents)) throw new OpencodeRefused("GET /session", 404);
    return { id, parentID: parents[id] };
  };
  const about = { permission: "bash", patterns: [], always: [], metadata: {} };
  client.permissions = async () =>
    asked.map((sessionID, n): PermissionRequest => ({ id: `per_${n}`, sessionID, ...about }));
  client.questions = async () => [{ id: "que_1", sessionID: "root", questions: [] }];
  client.statuses = async () => statuses;
  const tree = new SessionTree(client);
  const reader = new OpencodeSessions(client, tree, new FakeEvents(client));
  return { reader, tree, calls };
}

test("a session is busy, retrying or idle, and waits for what it and its subagents asked", async (t) => {
  const parents = { root: undefined, child: "root", grandchild: "child", other: undefined };
  const asked = ["root", "grandchild", "other", "unknown"];
  const session = { directory: "/srv", sessionId: "root" };
  const working = { type: "busy" } as const;
  const busy = opencode(parents, { root: working, grandchild: working }, asked);
  t.match(await busy.reader.readSession(session), {
    busy: true,
    retrying: false,
    decisions: [{ id: "per_0" }, { id: "per_1" }, { kind: "question", id: "que_1" }],
  });
  const idle = opencode(parents, { other: { type: "busy" }, root: { type: "idle" } }, asked);
  t.match(await idle.reader.readSession(session), { busy: false, decisions: [] });
  const listed = await idle.reader.listRequests(session);
  t.match(listed, [{ id: "per_0" }, { id: "per_1" }, { id: "que_1" }], "left over, and drawn");
  const status = { type: "retry", attempt: 1, message: "overloaded", next: 0 } as const;
  const retry = opencode(parents, { root: status });
  t.match(await retry.reader.readSession(session), { busy: true, retrying: true });
});

test("what a subagent asks is waited for while it works, though its root rests", async (t) => {
  const parents = { root: undefined, child: "root", other: undefined };
  const session = { directory: "/srv", sessionId: "root" };
  const asked = ["child", "other"];
  const outlives = opencode(parents, { child: { type: "busy" }, other: { type: "busy" } }, asked);
  t.match(await outlives.reader.readSession(session), {
    busy: false,
    decisions: [{ id: "per_0", request: { sessionID: "child" } }],
  });
  const aborted = opencode(parents, { other: { type: "busy" } }, asked);
  t.same(
    (await aborted.reader.readSession(session)).decisions,
    [],
    "left over from an aborted turn",
  );
});

test("a session's parent is asked for once; a server that is down is no answer", async (t) => {
  const { tree, calls } = opencode({ root: undefined, child: "root" }, {});
  t.equal(await tree.rootOf("child"), "root");
  t.equal(await tree.rootOf("child"), "root");
  t.equal(calls.filter((id) => id === "child").length, 1);
  t.equal(await tree.rootOf("unknown"), "unknown");
  await t.rejects(tree.rootOf("down"), OpencodeUnreachable);
});
