import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { Activity } from "../../src/agents/activity.ts";
import { Agents, defaultAgent, isAgentName } from "../../src/agents/agents.ts";
import { installAgentSide } from "../../src/agents/agent-side.ts";
import { Conversations, useConversation } from "../../src/agents/conversations.ts";
import { Lane } from "../../src/agents/lane.ts";
import type { Prompt } from "../../src/agents/prompt.ts";
import { addPrompt, endPrompt, markReplied, Prompts } from "../../src/agents/prompts.ts";
import { listedRequests, readState, SessionTree } from "../../src/agents/session-state.ts";
import { messagesAfter } from "../../src/agents/messages-after.ts";
import { findPrompt, isTypeable } from "../../src/agents/tmux-path.ts";
import type { OpencodeClient } from "../../src/opencode/client.ts";
import { OpencodeRefused, OpencodeUnreachable } from "../../src/opencode/errors.ts";
import { replyToken } from "../../src/reply-token.ts";
import { Store } from "../../src/store/store.ts";
import { conversation } from "../../src/telegram/conversation.ts";
import { makeWorkspace } from "../../src/agents/workspace.ts";
import { keptLog, tempDir, testConfig, token } from "../support/app.ts";
import { memoryStore, outboxRows, signal } from "../support/memory.ts";
import { answer, giveSession, prompted, startWith } from "../support/session.ts";

const newPrompt = (updateId: number, fields: object = {}) => ({
  updateId,
  agent: "site",
  conversation: "1000",
  operator: 1000,
  chatMessageId: updateId,
  text: `text ${updateId}`,
  sentAt: 0,
  ...fields,
});

test("a name is one tmux and a file system take as they are", async (t) => {
  for (const name of ["a", "default_agent", "Web-Site_1", "x".repeat(32), "-"])
    t.ok(isAgentName(name), name);
  for (const name of [
    "",
    "x".repeat(33),
    "a b",
    "a.b",
    "a:b",
    "a/b",
    "ä",
    "a\n",
    "=a",
    "%1",
    "opencode-server",
  ]) {
    t.notOk(isAgentName(name), name);
  }
});

test("an agent is made once, survives a reopen, and starts anew after a stop", async (t) => {
  const path = join(tempDir(t), "store.sqlite");
  const first = new Store(path);
  const before = new Agents(first);
  t.equal(await before.start("site", "/work", true), "started");
  t.equal(await before.start("site", "/elsewhere", false), "running");
  await giveSession(before, "site", "ses_1");
  first.close();

  const store = new Store(path);
  t.teardown(() => store.close());
  const agents = new Agents(store);
  const site = await agents.get("site");
  t.match(site, {
    name: "site",
    directory: "/work",
    sessionId: "ses_1",
    yolo: true,
    state: "active",
  });
  t.match(await agents.bySession("ses_1"), { name: "site" });
  t.equal(await agents.bySession("ses_2"), undefined);
  t.equal(await agents.get("SITE"), undefined);
  await store.write((transaction) => {
    addPrompt(transaction, newPrompt(1));
    addPrompt(transaction, newPrompt(2));
    addPrompt(transaction, newPrompt(3, { agent: "other" }));
  });
  t.equal(await agents.stop("site"), 2);
  t.same(await agents.active(), []);
  t.equal(await agents.stop("site"), 0);
  t.equal(await agents.start("site", "/new", false), "started");
  const anew = await agents.get("site");
  t.notOk(await agents.setSession("site", "ses_2", "site earlier"), "it was for the one before");
  t.match(anew, { directory: "/new", yolo: false, state: "active" });
  t.equal(anew?.sessionId, undefined);
  t.equal(await new Prompts(store).open("other"), 1);
});

test("a prompt goes its way through the states, and no state is left twice", async (t) => {
  const store = memoryStore(t);
  const prompts = new Prompts(store);
  await startWith(store, "site", "ses_1");
  await store.write((transaction) => {
    addPrompt(transaction, newPrompt(1));
    addPrompt(transaction, newPrompt(2));
    addPrompt(transaction, newPrompt(1, { text: "the same update again" }));
  });
  const first = (await prompts.head("site"))!;
  t.match(first, {
    text: "text 1",
    state: "queued",
    attempts: 0,
    messageId: /^msg_/,
    partId: /^prt_/,
  });
  await prompts.delivered(first.id, "msg_too_early");
  t.match(await prompts.head("site"), { state: "queued", messageId: first.messageId });
  await prompts.attempt(first.id, { path: "tmux", sessionId: "ses_1", afterMessageId: "msg_0" });
  t.match(await prompts.head("site"), {
    state: "delivering",
    path: "tmux",
    attempts: 1,
    afterMessageId: "msg_0",
  });
  await prompts.attempt(first.id, { path: "api", sessionId: "ses_1" });
  const again = await prompts.head("site");
  t.match(again, { path: "api", attempts: 2, sessionId: "ses_1" });
  t.equal(again?.afterMessageId, undefined);
  const speaks = (began: number) =>
    store.write((transaction) => markReplied(transaction, "site", began));
  await speaks((again?.attemptedAt ?? 0) - 1);
  t.match(await prompts.head("site"), { replied: false }, "a program of an earlier turn");
  await speaks(Date.now());
  await prompts.delivered(first.id, "msg_found");
  t.match(await prompts.head("site"), { state: "running", messageId: "msg_found", replied: true });
  await prompts.attempt(first.id, { path: "api", sessionId: "ses_1" });
  t.match(await prompts.head("site"), { state: "running", attempts: 2 });
  const end = () => store.write((transaction) => endPrompt(transaction, first.id, "done"));
  t.match(await end(), { replied: true });
  t.equal(await end(), undefined);
  t.match(await prompts.head("site"), { text: "text 2", replied: false });
  t.equal(await prompts.open("site"), 1);
  const next = (await prompts.head("site"))!;
  t.notOk(await prompts.attempt(next.id, { path: "api", sessionId: "ses_0" }), "an old session");
  t.match(await prompts.head("site"), { state: "queued", attempts: 0 });

  const told: string[] = [];
  const tell = () => prompts.tellToWait("site", (_, { text }) => void told.push(text));
  t.same([await tell(), await tell()], [true, false]);
  t.same(told, ["text 2"]);
  const reactions = (await outboxRows(store)).filter(
    ({ method }) => method === "setMessageReaction",
  );
  t.match(
    reactions.map(({ payload }) => [
      payload["message_id"],
      (payload["reaction"] as { emoji: string }[])[0]?.emoji,
    ]),
    [
      [2, "👀"],
      [1, "👍"],
    ],
    "of reactions that were not sent yet, only the newest of a message is owed",
  );
});

test("an agent's words go to whose prompt it works on, else to its latest conversation, else to the latest", async (t) => {
  const store = memoryStore(t);
  const conversations = new Conversations(store, [1000, 1, 2, 3]);
  t.same(await conversations.ofAgent("site"), conversation(1000), "before anybody wrote");
  t.equal(await conversations.agentOf(conversation(5)), defaultAgent);
  const use = async (chat: number, agent?: string, at = chat) => {
    await store.write((transaction) => {
      useConversation(transaction, conversation(chat), agent);
      transaction.run("UPDATE conversations SET used_at = ? WHERE key = ?", at, `${chat}`);
    });
  };
  await use(1, "site");
  await use(2, "site");
  await use(3);
  t.same(await conversations.ofAgent("site"), conversation(2));
  await use(1, undefined, 9);
  t.equal(
    await conversations.agentOf(conversation(1)),
    "site",
    "use without a name keeps the binding",
  );
  t.same(await conversations.ofAgent("site"), conversation(1));
  t.same(await conversations.ofAgent("unbound"), conversation(1), "the latest of all");
  await store.write((transaction) => addPrompt(transaction, newPrompt(1, { conversation: "3" })));
  t.same(await conversations.ofAgent("site"), conversation(1), "a prompt that waits asks nothing");
  const prompts = new Prompts(store);
  await startWith(store, "site", "ses_1");
  await prompts.attempt((await prompts.head("site"))!.id, { path: "api", sessionId: "ses_1" });
  t.same(await conversations.ofAgent("site"), conversation(3));

  const fewer = new Conversations(store, [1000, 2]);
  t.same(
    await fewer.ofAgent("site"),
    conversation(2),
    "a chat that is no longer allowed gets nothing",
  );
  t.same(await fewer.ofAgent("unbound"), conversation(2));
  t.same(await new Conversations(store, [1000]).ofAgent("site"), conversation(1000));
});

test("a lane runs one pass at a time and one more for all wakes during it", async (t) => {
  let running = 0;
  let passes = 0;
  const slow = signal();
  const second = signal();
  const lane = new Lane({
    name: "site",
    pass: async () => {
      running += 1;
      passes += 1;
      t.equal(running, 1);
      if (passes === 1) await slow.promise;
      if (passes === 2) second.resolve();
      running -= 1;
      return { againInMs: undefined };
    },
    failed: async () => undefined,
    log: keptLog().log,
  });
  lane.wake();
  lane.wake();
  lane.wake();
  slow.resolve();
  await second.promise;
  await lane.stop();
  lane.wake();
  await lane.stop();
  t.equal(passes, 2);
});

test("a lane looks again when it asked to, and after faults; a fault of the helper breaks nothing", async (t) => {
  const { kept, log } = keptLog();
  const end = signal();
  let passes = 0;
  const failed: unknown[] = [];
  t.intercept(globalThis, "setTimeout", {
    value: Object.assign((look: () => void) => setImmediate(look), { original: setTimeout }),
  });
  const lane = new Lane({
    name: "site",
    pass: async () => {
      passes += 1;
      if (passes === 1) return { againInMs: 5000 };
      if (passes === 2) throw new OpencodeUnreachable("GET /x");
      if (passes === 3) throw new OpencodeRefused("GET /x", 500);
      if (passes === 4) throw new Error("a fault of ours");
      end.resolve();
      return { againInMs: undefined };
    },
    failed: async (error) => {
      failed.push(error);
      if (failed.length === 1) throw new Error("tmux is not installed");
    },
    log,
  });
  lane.wake();
  await end.promise;
  await lane.stop();
  t.match(failed, [OpencodeUnreachable, OpencodeRefused, { message: "a fault of ours" }]);
  t.same(
    kept.entries.map(({ level, msg }) => [level, msg]),
    [
      [30, "opencode cannot be used now"],
      [50, "a failed pass could not be mended or told"],
      [30, "opencode cannot be used now"],
      [50, "a pass of an agent's lane failed"],
    ],
  );
});

test("a stopped lane leaves no timer that would look again", async (t) => {
  let passes = 0;
  const begun = signal();
  const slow = signal();
  const lane = new Lane({
    name: "site",
    pass: async () => {
      passes += 1;
      begun.resolve();
      await slow.promise;
      return { againInMs: 0 };
    },
    failed: async () => undefined,
    log: keptLog().log,
  });
  lane.wake();
  await begun.promise;
  const stopped = lane.stop();
  slow.resolve();
  await stopped;
  await new Promise((resolve) => setTimeout(resolve, 2));
  t.equal(passes, 1);
});

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

test("only text the TUI takes as it is is typed", async (t) => {
  for (const text of ["hello", "two\nlines", "üñí 🙂", "a /b", "x".repeat(100_000)])
    t.ok(isTypeable(text));
  for (const text of [
    "/model x",
    "!ls",
    "  /x",
    "\n!ls",
    "bell\u0007",
    "esc\u001b[201~",
    "x".repeat(100_001),
  ]) {
    t.notOk(isTypeable(text), JSON.stringify(text));
  }
});

test("a typed prompt is recognised by its text, only after the attempt began", async (t) => {
  const messages = [
    prompted("m1", "same"),
    answer({ text: "same" }),
    prompted("m2", " same\n"),
    prompted("m3", "same"),
  ];
  const prompt = { text: "same", isSubmitted: false } as Prompt;
  const client = { messages: async (_: string, limit: number) => messages.slice(-limit) };
  const foundAfter = async (id: string | undefined) =>
    findPrompt(await messagesAfter(client, "ses_1", id), prompt)?.info.id;
  t.equal(await foundAfter("m1"), "m2");
  t.equal(await foundAfter("m3"), undefined);
  t.equal(await foundAfter(undefined), "m1");
  t.equal(findPrompt(messages, { ...prompt, text: "other" }), undefined);
});

test("the agent's side is installed without secrets of the chat", async (t) => {
  const config = testConfig(t, { OPENCODE_SERVER_PASSWORD: "server-password" });
  mkdirSync(config.dataDir, { recursive: true });
  const env = installAgentSide(config);
  t.match(env, {
    OPENCODE_SERVER_PASSWORD: "server-password",
    SWITCHBOARD_DATA_DIR: config.dataDir,
  });
  t.notMatch(
    JSON.stringify({ ...env, ...config.childEnv }),
    /AAEfake|webhook-secret|reply-token-of/,
  );
  const dir = env["OPENCODE_CONFIG_DIR"] ?? "";
  t.ok(dir.startsWith(config.dataDir));
  t.match(readFileSync(join(dir, "plugin", "switchboard.ts"), "utf8"), /send_telegram/);
  const { instructions } = JSON.parse(env["OPENCODE_CONFIG_CONTENT"] ?? "") as {
    instructions: string[];
  };
  t.match(readFileSync(instructions[0] ?? "", "utf8"), /send-telegram|send_telegram/);
  t.notOk("OPENCODE_SERVER_PASSWORD" in installAgentSide(testConfig(t)));
  t.equal(JSON.stringify(env).includes(token), false);
});

test("a workspace inside Switchboard's own folder is a repository of its own, any other is left as it is", async (t) => {
  const dir = tempDir(t);
  const inside = join(dir, "switchboard", "work");
  makeWorkspace(inside, join(dir, "switchboard"));
  t.equal(readFileSync(join(inside, ".git", "HEAD"), "utf8"), "ref: refs/heads/main\n");
  t.same(readdirSync(join(inside, ".git")).toSorted(), ["HEAD", "objects", "refs"]);
  writeFileSync(join(inside, ".git", "HEAD"), "ref: refs/heads/other\n");
  makeWorkspace(inside, join(dir, "switchboard"));
  t.match(readFileSync(join(inside, ".git", "HEAD"), "utf8"), /other/, "kept as it is");

  const beside = join(dir, "switchboard-work");
  makeWorkspace(beside, join(dir, "switchboard"));
  t.same(readdirSync(beside), []);
});

test("the reply token is made once, kept for this user alone, and follows the settings", async (t) => {
  const dir = tempDir(t);
  const made = replyToken(dir, undefined);
  t.match(made, /^[A-Za-z0-9_-]{43}$/);
  t.equal(replyToken(dir, undefined), made);
  const path = join(dir, "reply-token");
  t.equal(statSync(path).mode & 0o777, 0o600);
  t.equal(statSync(dir).mode & 0o777, 0o700);
  t.equal(replyToken(dir, "configured-token-1"), "configured-token-1");
  t.equal(readFileSync(path, "utf8"), "configured-token-1\n");
  writeFileSync(path, "");
  t.match(replyToken(dir, undefined), /^[A-Za-z0-9_-]{43}$/);
});
