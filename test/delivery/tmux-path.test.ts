import { test } from "tap";
import { isTypeable, TmuxPath } from "../../src/delivery/tmux-path.ts";
import { Activity } from "../../src/opencode/activity.ts";
import type { SessionMessage } from "../../src/opencode/client.ts";
import { SessionMessages } from "../../src/opencode/messages.ts";
import type { Decision } from "../../src/opencode/session-reader.ts";
import type { Prompt } from "../../src/prompts/prompt.ts";
import type { Look } from "../../src/tmux/pane.ts";
import { keptLog } from "../support/app.ts";
import { capture } from "../support/capture.ts";
import { answer, prompted, siteAgent as agent, synthetic } from "../support/session.ts";

const never = async (): Promise<never> => {
  throw new Error("this is not to be called");
};

const idle = { busy: false, retrying: false, decisions: [] };

function look(name: string, fields: Partial<Look> = {}): Look {
  return {
    id: "%1",
    session: "site",
    dead: false,
    deadStatus: undefined,
    inMode: false,
    pid: 1,
    since: 5,
    width: 100,
    height: 30,
    ...capture(name),
    title: `OC | ${agent.title}`,
    ...fields,
  };
}

test("only a pane that is alive, free and without a dialog may be typed into", async (t) => {
  const ensured: string[] = [];
  const request = { id: "que_1", sessionID: "ses_1", questions: [] };
  const guard = async (seen: Look | undefined, hasDialog = false, then = seen) => {
    const looks = [seen];
    const requests: Decision[] = hasDialog ? [{ kind: "question", id: "que_1", request }] : [];
    const path = new TmuxPath({
      tmux: { keys: never, leaveMode: never, look: never, paste: never },
      terminals: {
        capture: async () => (looks.length > 0 ? looks.pop() : then),
        ensure: async () => void ensured.push("ensured"),
        restart: async () => void ensured.push("restarted"),
      },
      messages: { after: never, waitForAfter: never },
      sessions: {
        readSession: async () => idle,
        listRequests: async () => requests,
        leftovers: never,
      },
      prompts: { markSubmitted: never },
      log: keptLog().log,
    });
    const { paneId, terminal } = await path.guard(agent);
    t.equal(terminal, hasDialog ? "asks" : "works");
    return paneId;
  };
  t.equal(await guard(look("100-fresh")), "%1");
  const fresh = look("100-fresh");
  t.equal(await guard({ ...fresh, cursorX: 40, cursorY: 3 }, false, fresh), "%1", "just drawn");
  t.equal(await guard(fresh, true), undefined, "a request is listed");
  t.equal(await guard(look("100-fresh", { inMode: true })), undefined, "copy mode");
  t.equal(await guard(look("100-fresh", { title: "OC | Other" })), undefined, "another session");
  t.equal(await guard(look("100-one")), undefined, "the operator's own words are in the box");
  t.equal(await guard(look("100-permission")), undefined);
  t.same(ensured, [], "none of these is a reason to touch the terminal");
  t.equal(await guard(look("100-fresh", { dead: true })), undefined);
  t.equal(await guard(undefined), undefined);
  t.equal(await guard(look("100-home", { title: "OpenCode" })), undefined);
  t.same(ensured, ["ensured", "ensured", "restarted"]);
});

const prompt = {
  id: 1,
  text: "hello world",
  afterMessageId: "msg_0",
  isSubmitted: false,
} as Prompt;

/** A terminal whose box is filled by a paste and emptied by Enter, and an opencode that is told what to store. */
function typing(
  messages: (look: number) => SessionMessage[],
  { isWanted = true, storedWithinMs = 10_000 } = {},
) {
  const box = { look: look("100-fresh") };
  const keys: string[] = [];
  let looks = 0;
  const tmux = {
    paste: async () => void (box.look = look("100-one")),
    keys: async (_: string, ...pressed: string[]) => {
      keys.push(...pressed);
      box.look = look("100-fresh");
    },
    look: async () => box.look,
    leaveMode: never as () => Promise<void>,
  };
  const terminals = {
    capture: async (): Promise<Look | undefined> => box.look,
    ensure: never,
    restart: never as () => Promise<void>,
  };
  const client = {
    messages: async (_: string, limit: number) => messages((looks += 1)).slice(-limit),
  };
  const path = new TmuxPath({
    tmux,
    terminals,
    messages: new SessionMessages(client, new Activity({ acceptLatencyMs: 1 })),
    sessions: { readSession: async () => idle, listRequests: async () => [], leftovers: never },
    prompts: { markSubmitted: async () => isWanted },
    log: keptLog().log,
    boxWithinMs: 50,
    seenWithinMs: 10,
    storedWithinMs,
  });
  return { path, keys, box, tmux, terminals };
}

const others = Array.from({ length: 40 }, (_, n) => answer({ text: `step ${n}` }));

test("what the TUI has taken is waited for, however slowly opencode stores it", async (t) => {
  const slow = typing((looks) => [
    prompted("msg_0"),
    ...(looks > 4 ? [prompted("msg_1", "hello world")] : []),
  ]);
  t.equal(await slow.path.type(agent, prompt, "%1"), "msg_1");
  t.same(slow.keys, ["Enter"]);

  const recovered = typing((looks) => (looks > 4 ? [prompted("msg_1", "hello world")] : []));
  const submitted = { ...prompt, isSubmitted: true };
  t.equal(await recovered.path.recover(agent, submitted), "msg_1", "after a crash as well");
});

test("a prompt is submitted though its box was being drawn when it was looked at", async (t) => {
  const drawing = typing(() => [prompted("msg_0"), prompted("msg_1", "hello world")]);
  const half = { ...look("100-one"), cursorX: 40, cursorY: 3 };
  const looks = [look("100-fresh"), half, half];
  drawing.tmux.look = async () => looks.shift() ?? drawing.box.look;
  t.equal(await drawing.path.type(agent, prompt, "%1"), "msg_1");
  t.same(drawing.keys, ["Enter"]);
});

test("an Enter that was lost is pressed again, and given the time that the first one had", async (t) => {
  let stored: SessionMessage[] = [];
  const lazy = typing(() => stored);
  let presses = 0;
  lazy.tmux.keys = async (_, ...pressed) => {
    presses += 1;
    lazy.keys.push(...pressed);
    // The second one is taken, and the box is drawn as it was until long after.
    if (presses > 1) stored = [prompted("msg_1", "hello world")];
  };
  t.equal(await lazy.path.type(agent, prompt, "%1"), "msg_1");
  t.same(lazy.keys, ["Enter", "Enter"], "nothing is cleared");
});

test("a TUI whose Enter submits nothing is not typed into again until it is started anew", async (t) => {
  for (const isCleared of [true, false]) {
    const deaf = typing(() => []);
    deaf.tmux.keys = async (_, ...pressed) => {
      deaf.keys.push(...pressed);
      if (pressed.includes("C-c") && isCleared) deaf.box.look = look("100-fresh");
    };
    deaf.terminals.restart = async () => void (deaf.box.look = look("100-fresh", { pid: 2 }));
    t.match(await deaf.path.guard(agent), { paneId: "%1" });
    t.equal(await deaf.path.type(agent, prompt, "%1"), undefined);
    t.same(deaf.keys, ["Enter", "Enter", "C-c"]);
    const guarded = await deaf.path.guard(agent);
    t.equal(guarded.paneId, undefined, isCleared ? "cleared" : "restarted for it");
    deaf.box.look = look("100-fresh", { pid: 3 });
    t.match(await deaf.path.guard(agent), { paneId: "%1" });
  }
});

test("a submitted prompt whose text a plugin added to is found once nothing better comes", async (t) => {
  const soon = { storedWithinMs: 20 };
  const long = { ...prompt, text: "hello world and everybody in it" };
  const become = (words: string, what = long) =>
    typing(
      () => [prompted("msg_0"), prompted("msg_1", "something else"), prompted("msg_2", words)],
      soon,
    ).path.type(agent, what, "%1");
  t.equal(await become(`${long.text}, politely`), "msg_2");
  t.equal(await become("hello world and every"), "msg_2");

  for (const words of ["hello", "everybody in it", "nothing of it"]) {
    t.equal(await become(words), undefined, "nobody else's words are taken for it");
  }
  t.equal(await become("hello world, he said", prompt), undefined, "a short one stands in much");
  t.equal(await become("Rules first.\n\n---\n\nhello world", prompt), "msg_2");
  const lost = typing(() => [prompted("msg_0"), synthetic("msg_2", long.text)], soon);
  t.equal(await lost.path.type(agent, long, "%1"), undefined, "nor what opencode wrote itself");
});

test("a prompt is found however many steps its turn has made since", async (t) => {
  const long = [prompted("msg_0"), prompted("msg_1", "hello world"), ...others];
  const submitted = { ...prompt, isSubmitted: true };
  t.equal(await typing(() => long).path.recover(agent, submitted), "msg_1");
  const first = { ...submitted, afterMessageId: undefined };
  t.equal(await typing(() => long.slice(1)).path.recover(agent, first), "msg_1", "the first one");
  const undone = { ...submitted, afterMessageId: "msg_00" };
  t.equal(await typing(() => long.slice(1)).path.recover(agent, undone), "msg_1", "after undo");
});

test("a box that is slow to clear is not pressed twice, which would quit the TUI", async (t) => {
  const slow = typing(() => []);
  slow.box.look = look("100-one");
  let looks = 0;
  slow.tmux.keys = async (_, ...pressed) => void slow.keys.push(...pressed);
  slow.terminals.capture = async () => {
    looks += 1;
    return looks > 5 ? look("100-fresh") : slow.box.look;
  };
  const unsent = { ...prompt, text: "hello world" };
  t.equal(await slow.path.recover(agent, unsent), undefined);
  t.same(slow.keys, ["C-c"]);
});

test("what was not submitted is taken out of the box and given up at once", async (t) => {
  const old = [prompted("msg_/", "hello world"), prompted("msg_0", "hello world")];
  const cut = typing(() => old);
  cut.box.look = look("100-one");
  t.equal(await cut.path.recover(agent, prompt), undefined);
  t.same(cut.keys, ["C-c"]);

  const stopped = typing(() => old, { isWanted: false });
  t.equal(await stopped.path.type(agent, prompt, "%1"), undefined);
  t.same(stopped.keys, ["C-c"], "its agent was stopped meanwhile");
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
