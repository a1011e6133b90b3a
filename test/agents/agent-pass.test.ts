import { test } from "tap";
import type { Decision } from "../../src/agents/session-state.ts";
import { OpencodeRefused, OpencodeUnreachable } from "../../src/opencode/errors.ts";
import { TmuxError } from "../../src/tmux/tmux-error.ts";
import { lane } from "../support/lane.ts";
import { owedTexts, rows } from "../support/memory.ts";
import { answer, giveSession, prompted } from "../support/session.ts";

const permission: Decision = {
  kind: "permission",
  id: "per_1",
  request: {
    id: "per_1",
    sessionID: "ses_1",
    permission: "bash",
    patterns: ["ls"],
    always: [],
    metadata: { command: "ls" },
  },
};

test("prompts go one at a time, the next when the turn before has ended", async (t) => {
  const { write, run, did, messages, now, store, states, agents } = await lane(t);
  await write("one");
  await write("two");
  await run();
  t.match(await agents.get("site"), { sessionId: "ses_1" });
  t.same(await states(), ["running", "queued"]);
  now.busy = true;
  await run();
  t.same(did, ["posted one"]);
  now.busy = false;
  messages.push(answer({ text: "first answer" }));
  t.match(await run(), { againInMs: 0 });
  await run();
  t.same(did, ["posted one", "posted two"]);
  messages.push(answer({ text: "second answer" }));
  await run();
  t.same(await states(), ["done", "done"]);
  t.same(await owedTexts(store), ["first answer", "second answer"]);
  t.match(await run(), { againInMs: undefined });
  await agents.stop("site");
  await write("to a stopped agent");
  await run();
  t.equal(did.length, 2);
});

test("an agent stopped while its session is made has none, and is left alone", async (t) => {
  const { write, run, agents, opencode, did } = await lane(t);
  const { createSession } = opencode;
  opencode.createSession = async () => {
    await agents.stop("site");
    return createSession();
  };
  await write("x");
  t.match(await run(), { againInMs: undefined });
  t.equal((await agents.get("site"))?.sessionId, undefined);
  t.same(did, []);
});

test("nothing is delivered while a session is busy or waits for a decision, and that is told once", async (t) => {
  const { write, run, did, now, store, states, messages, terminal } = await lane(t, "tmux");
  await write("before");
  await run();
  now.busy = true;
  now.decisions = [permission];
  await run();
  await write("what is the status?");
  await run();
  await run();
  t.same(did, ["typed before"]);
  const waits = "site waits for your decision first; then it gets this.";
  t.match(await owedTexts(store), [/site asks for permission: bash\nls/, waits]);
  now.busy = false;
  now.decisions = [];
  messages.push(answer({ text: "ok" }));
  terminal.guard = async () => undefined;
  await run();
  await run();
  t.same(did, ["typed before", "posted what is the status?"], "a dialog may still be drawn");
  t.same(await states(), ["done", "running"]);
});

test("a session made busy by somebody else is left to end, on either path", async (t) => {
  for (const first of ["tmux", "api"] as const) {
    const { write, run, did, now, states } = await lane(t, first);
    now.busy = true;
    await write("x");
    await run();
    t.same(did, []);
    t.same(await states(), ["queued"]);
    now.busy = false;
    await run();
    t.equal(did.length, 1);
  }
});

test("an operator's decision is told to opencode once, and kept until it is", async (t) => {
  const { write, run, did, now, cards, store, opencode } = await lane(t);
  await write("go");
  await run();
  now.busy = true;
  now.decisions = [permission];
  await run();
  const [{ key } = { key: "" }] = await rows<{ key: string }>(
    store,
    "SELECT key FROM card_keys WHERE action LIKE '%always%'",
  );
  await store.write((transaction) =>
    cards.press(transaction, { queryId: "q", key, operator: 1000 }),
  );
  const { answerPermission } = opencode;
  opencode.answerPermission = async () => {
    throw new OpencodeRefused("POST /permission", 500);
  };
  await t.rejects(run(), OpencodeRefused);
  t.equal((await cards.answered("site")).length, 1, "the decision waits for the next pass");
  opencode.answerPermission = answerPermission;
  await run();
  await run();
  t.same(did, ["posted go", "per_1 always"]);
  t.match((await owedTexts(store)).at(-1), /Always allowed\.$/);
});

test("a decision that opencode does not wait for any more closes its card as such", async (t) => {
  const { write, run, now, cards, store, opencode } = await lane(t);
  await write("go");
  await run();
  now.busy = true;
  now.decisions = [permission];
  await run();
  const [{ key } = { key: "" }] = await rows<{ key: string }>(store, "SELECT key FROM card_keys");
  await store.write((transaction) =>
    cards.press(transaction, { queryId: "q", key, operator: 1000 }),
  );
  opencode.answerPermission = async () => {
    throw new OpencodeRefused("POST /permission", 404);
  };
  await run();
  t.match((await owedTexts(store)).at(-1), /Answered in the terminal, or no longer waiting\.$/);
  t.same(await cards.answered("site"), []);
});

test("what cannot be typed, or did not arrive, goes by the api path under its own id", async (t) => {
  const cases: [
    string,
    string,
    (terminal: Awaited<ReturnType<typeof lane>>["terminal"]) => void,
    string[],
  ][] = [
    ["a command", "/model x", () => undefined, ["posted /model x"]],
    [
      "a guard that fails",
      "x",
      (terminal) => (terminal.guard = async () => undefined),
      ["posted x"],
    ],
    [
      "a terminal that cannot be read",
      "x",
      (terminal) => {
        terminal.guard = async () => {
          throw new TmuxError("no-server", "no server");
        };
      },
      ["posted x"],
    ],
    [
      "a paste that did not arrive",
      "x",
      (terminal) => (terminal.type = async () => undefined),
      ["posted x"],
    ],
    [
      "a terminal that dies in the middle",
      "x",
      (terminal) => {
        terminal.type = async () => {
          throw new TmuxError("gone", "gone");
        };
      },
      ["withdrawn", "posted x"],
    ],
  ];
  for (const [name, text, break_, expected] of cases) {
    const { write, run, did, terminal, prompts } = await lane(t, "tmux");
    break_(terminal);
    await write(text);
    const { messageId } = (await prompts.head("site"))!;
    await run();
    t.same(did, expected, name);
    t.match(await prompts.head("site"), { state: "running", path: "api", messageId }, name);
  }
  const typed = await lane(t, "tmux");
  await typed.write("typed");
  await typed.run();
  t.match(await typed.prompts.head("site"), {
    state: "running",
    path: "tmux",
    messageId: "msg_typed",
  });
});

test("after a crash a prompt is looked for before anything is sent again", async (t) => {
  const api = await lane(t);
  await api.write("x");
  const prompt = (await api.prompts.head("site"))!;
  await giveSession(api.agents, "site", "ses_1");
  await api.prompts.attempt(prompt.id, { path: "api", sessionId: "ses_1" });
  api.messages.push(prompted(prompt.messageId, "x"));
  await api.run();
  t.same(api.did, []);
  t.match(await api.prompts.head("site"), { state: "running", messageId: prompt.messageId });

  const lost = await lane(t, "tmux");
  await lost.write("x");
  const other = (await lost.prompts.head("site"))!;
  await giveSession(lost.agents, "site", "ses_1");
  await lost.prompts.attempt(other.id, {
    path: "tmux",
    sessionId: "ses_1",
    afterMessageId: undefined,
  });
  await lost.run();
  t.same(lost.did, ["withdrawn", "posted x"], "never typed a second time");

  const seen = await lane(t, "tmux");
  await seen.write("x");
  const third = (await seen.prompts.head("site"))!;
  await giveSession(seen.agents, "site", "ses_1");
  await seen.prompts.attempt(third.id, {
    path: "tmux",
    sessionId: "ses_1",
    afterMessageId: undefined,
  });
  seen.terminal.recover = async () => "msg_found";
  await seen.run();
  t.same(seen.did, []);
  t.match(await seen.prompts.head("site"), { state: "running", messageId: "msg_found" });
});

test("an agent stopped while a prompt is on its way does not work on it", async (t) => {
  const early = await lane(t, "tmux");
  await early.write("x");
  early.terminal.guard = async () => {
    await early.agents.stop("site");
    return "%1";
  };
  await early.run();
  t.same(early.did, [], "neither typed nor posted");

  const failing = await lane(t, "tmux");
  await failing.write("x");
  failing.terminal.type = async () => {
    await failing.agents.stop("site");
    throw new TmuxError("gone", "the terminal was closed");
  };
  await failing.run();
  t.same(failing.did, [], "not posted in its place");

  for (const first of ["tmux", "api"] as const) {
    const late = await lane(t, first);
    await late.write("x");
    const { prompt } = late.opencode;
    late.opencode.prompt = async (...given) => {
      await prompt(...given);
      await late.agents.stop("site");
    };
    const { type } = late.terminal;
    late.terminal.type = async (...given) => {
      const id = await type(...given);
      await late.agents.stop("site");
      return id;
    };
    await late.run();
    t.match(late.did, [/x$/, "aborted"], first);
    t.same(await late.states(), ["cancelled"]);
  }
});

test("a session that is gone from opencode is replaced, and whoever wrote to it is told", async (t) => {
  const { write, run, did, opencode, states, store, agents } = await lane(t);
  await write("one");
  await run();
  await write("two");
  const gone = async () => {
    throw new OpencodeRefused("GET /session", 404);
  };
  const { messages, session } = opencode;
  opencode.messages = gone;
  await t.rejects(run(), OpencodeRefused, "what is there is not given up");
  t.same(await states(), ["running", "queued"]);
  opencode.session = gone;
  opencode.statuses = gone;
  await t.rejects(run(), OpencodeRefused, "nobody there is opencode");
  t.same(await states(), ["running", "queued"]);
  opencode.statuses = async () => ({});
  t.same(await run(), { againInMs: 0 });
  t.same(await states(), ["failed", "queued"]);
  Object.assign(opencode, { messages, session });
  await run();
  t.match(await agents.get("site"), { sessionId: "ses_2" });
  t.same(did, ["posted one", "posted two"]);
  t.match(await owedTexts(store), [/^The session of site is gone from opencode/]);
});

test("operators are told when opencode answers, and yet takes nothing", async (t) => {
  const { write, run, opencode, outage, store } = await lane(t);
  const { prompt } = opencode;
  opencode.prompt = async () => undefined;
  await write("x");
  for (let time = 0; time < 2; time += 1) {
    await t.rejects(run(), OpencodeUnreachable);
    await outage.goesOn("site");
  }
  t.match(await owedTexts(store), [/does not take what you wrote/]);
  opencode.prompt = prompt;
  await run();
  t.match(await owedTexts(store), [/does not take/, "opencode is back; site goes on."]);
});

test("while somebody works in the terminal, the lane looks for what that asks", async (t) => {
  const { run, now, cards, store } = await lane(t);
  t.same(await run(), { againInMs: undefined });
  now.busy = true;
  t.match(await run(), { againInMs: Number });
  now.decisions = [permission];
  await run();
  t.match(await owedTexts(store), [/site asks for permission/]);
  t.same(await cards.answered("site"), []);
});
