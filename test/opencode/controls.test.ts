import { test } from "tap";
import { OpencodeControls } from "../../src/opencode/controls.ts";
import { OpencodeRefused, OpencodeUnreachable } from "../../src/opencode/errors.ts";
import { server } from "../support/opencode.ts";

const session = { sessionId: "ses/1", directory: "/srv/a b" };
const where = "?directory=%2Fsrv%2Fa+b";
const patience = { timeoutMs: 5000 };

async function controlled(t: Parameters<typeof server>[0]) {
  const { opencode, http } = await server(t);
  return { opencode, controls: new OpencodeControls(http) };
}

test("controls name the session and its directory, and what they were given", async (t) => {
  const { opencode, controls } = await controlled(t);
  await controls.rename(session, "x");
  await controls.appendRules(session, [{ permission: "bash", pattern: "*", action: "ask" }]);
  await controls.fork(session);
  await controls.fork(session, { before: "msg_1" });
  t.equal(await controls.revert(session, "msg_1"), false);
  await controls.unrevert(session);
  await controls.summarize(session, "p/m/x", patience);
  t.equal(await controls.share(session), undefined);
  await controls.unshare(session);
  await controls.todo(session);
  await controls.children(session);
  await controls.workingTreePatch("/srv/a b");
  t.equal(await controls.isGit("/srv/a b"), false);
  await controls.runCommand(
    session,
    { command: "greet", arguments: "a b", messageId: "msg_2", model: "p/m", agent: undefined },
    patience,
  );
  const path = (rest: string) => `/session/ses%2F1${rest}${where}`;
  t.match(opencode.seen.slice(1), [
    { method: "PATCH", url: path(""), body: { title: "x" } },
    { method: "PATCH", url: path(""), body: { permission: [{ action: "ask" }] } },
    { method: "POST", url: path("/fork"), body: {} },
    { method: "POST", url: path("/fork"), body: { messageID: "msg_1" } },
    { method: "POST", url: path("/revert"), body: { messageID: "msg_1" } },
    { method: "POST", url: path("/unrevert") },
    { method: "POST", url: path("/summarize"), body: { providerID: "p", modelID: "m/x" } },
    { method: "POST", url: path("/share") },
    { method: "DELETE", url: path("/share") },
    { method: "GET", url: path("/todo") },
    { method: "GET", url: path("/children") },
    { method: "GET", url: `/vcs/diff/raw${where}` },
    { method: "GET", url: `/project/current${where}` },
    { method: "POST", url: path("/command") },
  ]);
  t.same(opencode.seen.at(-1)?.body, {
    command: "greet",
    arguments: "a b",
    messageID: "msg_2",
    model: "p/m",
  });
});

test("the history is read page by page", async (t) => {
  const { opencode, controls } = await controlled(t);
  const time = { created: 1, updated: 2 };
  opencode.answer = ({ url }, response) => {
    if (!url.includes("cursor")) response.setHeader("x-next-cursor", "2");
    response.end(
      JSON.stringify([{ id: "ses_1", title: "At & Q", directory: "/srv", time, more: 1 }]),
    );
  };
  t.same((await controls.history({ search: "_", limit: 1 })).sessions, [], "no wildcards");
  const { sessions, next } = await controls.history({ search: "t & q", limit: 1 });
  t.same(sessions, [
    { id: "ses_1", title: "At & Q", directory: "/srv", createdAt: 1, updatedAt: 2 },
  ]);
  t.equal(next, "2");
  t.equal((await controls.history({ cursor: next, limit: 1 })).next, undefined);
  t.same(
    opencode.seen.slice(1).map(({ url }) => url),
    [
      "/experimental/session?roots=true&search=_&limit=1",
      "/experimental/session?roots=true&search=t+%26+q&limit=1",
      "/experimental/session?roots=true&cursor=2&limit=1",
    ],
  );
});

test("a shell command resolves to what it printed; one may stop waiting", async (t) => {
  const { opencode, controls } = await controlled(t);
  const state = { status: "completed", output: "out\n" };
  opencode.answer = (_, response) =>
    response.end(JSON.stringify({ info: {}, parts: [{ type: "tool", state }] }));
  const run = { agent: "build", command: "ls" };
  t.equal(await controls.shell(session, run, patience), "out\n");
  opencode.answer = (_, response) => response.writeHead(409).end();
  await t.rejects(controls.shell(session, run, patience), OpencodeRefused);

  const leave = new AbortController();
  const began = Date.now();
  opencode.answer = () => leave.abort();
  const left = controls.shell(session, run, { ...patience, signal: leave.signal });
  await t.rejects(left, OpencodeUnreachable);
  t.ok(Date.now() - began < patience.timeoutMs);
  opencode.answer = () => undefined;
  await t.rejects(controls.shell(session, run, { timeoutMs: 20 }), OpencodeUnreachable);
});
