import { test } from "tap";
import { CallTurns } from "../../src/opencode/call-turns.ts";
import type { SessionMessage } from "../../src/opencode/client.ts";
import { OpencodeRefused } from "../../src/opencode/errors.ts";
import { SessionTree } from "../../src/opencode/session-tree.ts";
import { FakeOpencode } from "../support/fake-opencode.ts";
import { prompted, synthetic } from "../support/session.ts";

/** An answer to message `parentID` that calls a tool; `task` names the session a task works in. */
function calls(parentID: string, callID: string, task?: string, at = 1): SessionMessage {
  const metadata = task === undefined ? {} : { sessionId: task };
  const state = { status: "completed", metadata, time: { start: at, end: at } };
  const part = { id: "prt", type: "tool", tool: task ? "task" : "bash", callID, state };
  const info = { id: `msg_${callID}`, role: "assistant", parentID, time: { created: at } };
  return { info, parts: [part] } as unknown as SessionMessage;
}

const summary = {
  info: { id: "msg_sum", role: "assistant", summary: true },
  parts: [],
} as unknown as SessionMessage;

/** The ids of the messages that may have begun a call's turn, in these sessions. */
async function beginnings(
  sessions: Record<string, SessionMessage[]>,
  sessionId: string,
  callId: string | undefined,
): Promise<string[]> {
  const client = new FakeOpencode();
  const listOf = (id: string) => {
    const list = sessions[id];
    if (!list) throw new OpencodeRefused("GET /session", 404);
    return list;
  };
  client.session = async (id) => {
    listOf(id);
    return { id, parentID: id.startsWith("ses_child") ? "ses_root" : undefined };
  };
  client.messages = async (id, limit) => listOf(id).slice(-limit);
  client.message = async (id, message) => listOf(id).find(({ info }) => info.id === message);
  const turns = new CallTurns({ client, tree: new SessionTree(client) });
  const found: string[] = [];
  for await (const { info } of turns.beginnings({ sessionId, callId })) found.push(info.id);
  return found;
}

test("a call belongs to the message its answer is to, however many turns ago that was", async (t) => {
  const later = Array.from({ length: 40 }, (_, n) => [
    prompted(`msg_later_${n}`),
    calls(`msg_later_${n}`, `call_later_${n}`),
  ]);
  const first = [prompted("msg_first"), calls("msg_first", "call_1")];
  const root = [...first, ...later.flat()];
  t.same(await beginnings({ ses_root: root }, "ses_root", "call_1"), ["msg_first"]);
  t.same(await beginnings({ ses_root: root }, "ses_root", "call_later_39"), ["msg_later_39"]);
  t.same(await beginnings({ ses_root: root }, "ses_root", "call_unknown"), []);
  t.same(await beginnings({ ses_root: root }, "ses_root", undefined), []);
  t.same(await beginnings({}, "ses_gone", "call_1"), []);
});

test("a subagent's call belongs to the turn that gave it its work, also when it is given more", async (t) => {
  const root = [
    prompted("msg_a"),
    calls("msg_a", "call_task_a", "ses_child", 10),
    prompted("msg_b"),
    calls("msg_b", "call_task_b", "ses_child", 20),
    calls("msg_b", "call_other", "ses_child_2", 30),
  ];
  const child = [
    prompted("msg_c1"),
    calls("msg_c1", "call_early", undefined, 15),
    prompted("msg_c2"),
    calls("msg_c2", "call_late", undefined, 25),
  ];
  const sessions = { ses_root: root, ses_child: child, ses_child_2: [] };
  t.same(await beginnings(sessions, "ses_child", "call_early"), ["msg_a"]);
  t.same(await beginnings(sessions, "ses_child", "call_late"), ["msg_b"]);
  t.same(await beginnings(sessions, "ses_child", undefined), ["msg_b"]);
  t.same(await beginnings(sessions, "ses_child_2", undefined), ["msg_b"]);
});

test("what follows a background task's result belongs to the turn that began the task", async (t) => {
  const root = [
    prompted("msg_a"),
    calls("msg_a", "call_task", "ses_child"),
    prompted("msg_b"),
    synthetic("msg_result", '<task id="ses_child" state="completed">\nfound it\n</task>'),
    calls("msg_result", "call_1"),
  ];
  t.same(await beginnings({ ses_root: root }, "ses_root", "call_1"), ["msg_a"]);
});

test("a turn goes on behind the summary that opencode makes of a full context", async (t) => {
  const before = [prompted("msg_a", "do it"), synthetic("msg_compact", "")];
  const goesOn = (asked: SessionMessage) => ({
    ses_root: [...before, summary, asked, calls(asked.info.id, "call_1")],
  });
  const of = (asked: SessionMessage) => beginnings(goesOn(asked), "ses_root", "call_1");
  t.same(await of(synthetic("msg_on", "Continue if you have next steps")), ["msg_on", "msg_a"]);
  t.same(await of(prompted("msg_copy", "do it")), ["msg_copy", "msg_a"]);
  t.same(await of(prompted("msg_new", "something else")), ["msg_new"], "another turn");
});
