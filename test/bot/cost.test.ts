import { test } from "tap";
import type { SessionMessage } from "../../src/opencode/client.ts";
import { OpencodeRefused } from "../../src/opencode/errors.ts";
import { chat } from "../support/bot-chat.ts";
import { change, rows } from "../support/memory.ts";
import { giveSession, prompted } from "../support/session.ts";

const day = 24 * 60 * 60_000;

function answered(at: number, cost: number, model = "own"): SessionMessage {
  const tokens = { input: 8, output: 2, reasoning: 0, cache: { read: 0, write: 0 } };
  const time = { created: at, completed: at + 1 };
  const info = { role: "assistant", providerID: "stub", modelID: model, cost, tokens, time };
  return { info: { ...info, finish: "stop" }, parts: [] } as unknown as SessionMessage;
}

test("/cost tells what an agent cost today in all of its sessions, by model", async (t) => {
  const { write, store, controls, start, stop, agents, press } = await chat(t);
  const now = Date.now();
  const today = new Date().setHours(0, 0, 0, 0);
  const sessions: Record<string, SessionMessage[]> = {
    ses_0: [prompted("msg_0", "q", today), answered(today, 4, "dear"), answered(today - 1, 9)],
    ses_1: [
      prompted("msg_1", "old", now - 2 * day),
      answered(now - 2 * day, 1),
      prompted("msg_2", "new", now),
      answered(now, 2),
      answered(now, 3, "dear"),
    ],
    // A copy of the other: its answers were paid once.
    ses_copy: [prompted("msg_c", "new", now), answered(now, 2), answered(now, 3, "dear")],
    ses_2: [prompted("msg_3", "q", now), answered(now, 0.5)],
    child: [answered(now, 0.25)],
  };
  controls.allMessages = async ({ sessionId }) => {
    const found = sessions[sessionId];
    if (!found) throw new OpencodeRefused("GET /session", 404);
    return found;
  };
  controls.children = async ({ sessionId }) => (sessionId === "ses_1" ? [{ id: "child" }] : []);
  for (const text of ["one", "two", "three", "four"]) await write(text);
  const went = async (id: number, session: string, at: number) =>
    change(
      store,
      "UPDATE prompts SET state = 'done', session_id = ?, attempted_at = ? WHERE id = ?",
      session,
      at,
      id,
    );
  // A turn may run over midnight; one session is gone.
  await went(1, "ses_0", today - 60_000);
  await went(2, "ses_copy", now);
  await went(3, "ses_gone", now);
  t.same(await write("/cost"), [
    [
      "Last turn: $5.2500, 30 tokens",
      "This session: $6.2500, 40 tokens",
      "· stub/own: $3.2500, 30 tokens",
      "· stub/dear: $3.0000, 10 tokens",
      "Today (since midnight, server time), 3 sessions of default_agent: $9.2500, 40 tokens",
      "· stub/dear: $7.0000, 20 tokens",
      "· stub/own: $2.2500, 20 tokens",
    ].join("\n"),
  ]);
  await start("site");
  await giveSession(agents, "site", "ses_2");
  await stop("site");
  await change(store, "UPDATE prompts SET agent = 'site' WHERE id = 4");
  await went(4, "ses_2", now);
  t.match(await write("/cost site"), [
    /^Last turn.*\nThis session.*\n· .*\nToday .*, 1 session of site: \$0\.5000, 10 tokens\n· .*$/,
  ]);
  const all = [
    [
      "Today (since midnight, server time), 2 agents: $9.7500, 50 tokens",
      "· stub/dear: $7.0000, 20 tokens",
      "· stub/own: $2.7500, 30 tokens",
      "default_agent: $9.2500, 40 tokens",
      "site: $0.5000, 10 tokens",
    ].join("\n"),
    "",
  ];
  t.same(await press("All agents today"), all);
  t.equal((await rows(store, "SELECT id FROM tasks")).length, 0, "within a moment");
});

test("/cost says what to do where nothing was spent", async (t) => {
  const { write, store, app } = await chat(t);
  const nothing = "default_agent has spent nothing today or in its session. Send it a task first.";
  t.same(await write("/cost"), [nothing]);
  t.same(await write("/cost all"), ["No agent has spent anything today. Send a task first."]);
  await store.write((transaction) => app.lifecycle.renew(transaction, "default_agent"));
  t.same(await write("/cost"), [nothing], "without a session");
});
