import { test } from "tap";
import { Activity } from "../../src/opencode/activity.ts";
import { listedRequests, readState, SessionTree } from "../../src/opencode/session-reader.ts";
import type { OpencodeClient } from "../../src/opencode/client.ts";
import { OpencodeRefused, OpencodeUnreachable } from "../../src/opencode/errors.ts";

test("who waits for a session looks again at each hint, and gives up in time", async (t) => {
  const activity = new Activity();
  let looks = 0;
  const found = activity.until(
    "ses_1",
    async () => {
      looks += 1;
      if (looks === 1) queueMicrotask(() => activity.tell("ses_1"));
      return looks === 2 ? "found" : undefined;
    },
    { timeoutMs: 60_000, everyMs: 60_000 },
  );
  t.equal(await found, "found");
  const never = { timeoutMs: 10, everyMs: 2 };
  activity.tell("ses_2");
  t.equal(await activity.until("ses_2", async () => undefined, never), undefined);
  await t.rejects(
    activity.until("ses_3", async () => Promise.reject(new Error("down")), never),
    { message: "down" },
  );
});

/** A client that knows these sessions' parents and what waits in their directory. */
function opencode(
  parents: Record<string, string | undefined>,
  statuses: object,
  asked: string[] = [],
) {
  const calls: string[] = [];
  const client = {
    session: async (id: string) => {
      calls.push(id);
      if (id === "down") throw new OpencodeUnreachable("GET /session");
      if (!(id in parents)) throw new OpencodeRefused("GET /session", 404);
      return { id, parentID: parents[id] };
    },
    permissions: async () => asked.map((sessionID, index) => ({ id: `per_${index}`, sessionID })),
    questions: async () => [{ id: "que_1", sessionID: "root" }],
    statuses: async () => statuses,
  } as unknown as OpencodeClient;
  return { client, tree: new SessionTree(client), calls };
}

test("a session is busy, retrying or idle, and waits for what it and its subagents asked", async (t) => {
  const parents = { root: undefined, child: "root", grandchild: "child", other: undefined };
  const asked = ["root", "grandchild", "other", "unknown"];
  const agent = {
    name: "site",
    directory: "/work",
    sessionId: "root",
    title: "t",
    yolo: false,
    state: "active",
  } as const;
  const busy = opencode(parents, { root: { type: "busy" } }, asked);
  t.match(await readState(busy.client, busy.tree, agent), {
    busy: true,
    retrying: false,
    decisions: [{ id: "per_0" }, { id: "per_1" }, { kind: "question", id: "que_1" }],
  });
  const idle = opencode(parents, { other: { type: "busy" }, root: { type: "idle" } }, asked);
  t.match(await readState(idle.client, idle.tree, agent), {
    busy: false,
    decisions: [],
  });
  const listed = await listedRequests(idle.client, idle.tree, agent);
  t.match(listed, [{ id: "per_0" }, { id: "per_1" }, { id: "que_1" }], "left over, and drawn");
  const retry = opencode(parents, { root: { type: "retry" } });
  t.match(await readState(retry.client, retry.tree, agent), { busy: true, retrying: true });
  t.equal(await idle.tree.rootOf("grandchild"), "root");
  t.equal(idle.calls.filter((id) => id === "grandchild").length, 1, "a parent is asked for once");
  await t.rejects(idle.tree.rootOf("down"), OpencodeUnreachable);
});
