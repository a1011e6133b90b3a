import { test, type Test } from "tap";
import type { StartedAgent } from "../../src/agents/agents.ts";
import { OpencodeUnreachable } from "../../src/opencode/errors.ts";
import type { Decision } from "../../src/opencode/session-reader.ts";
import { KeyPresser } from "../../src/screen/key-presser.ts";
import { type Key, keyNamed } from "../../src/tmux/key.ts";
import type { StyledLook } from "../../src/tmux/pane.ts";
import { TmuxError } from "../../src/tmux/tmux-error.ts";
import { askedChoice, styledDialog } from "../support/dialog.ts";
import { boxWith, lookOf } from "../support/looks.ts";
import { permissionRequest } from "../support/permission.ts";

const agent = {
  id: "a1",
  name: "site",
  sessionId: "ses_1",
  directory: "/srv",
  title: "a",
  hasOwnTitle: true,
} as StartedAgent;
const permission: Decision = {
  kind: "permission",
  id: "per_1",
  request: permissionRequest({ metadata: { command: "rm -rf /" } }),
};

/** A presser of keys on a terminal and an opencode that are as a test says. */
function presser(look: StyledLook | undefined, decisions: Decision[] = [], drawnWithinMs = 0) {
  const did: string[] = [];
  const world = { look, list: async () => decisions, fault: undefined as Error | undefined };
  const act = async (what: string) => {
    if (world.fault) throw world.fault;
    did.push(what);
  };
  const keys = new KeyPresser({
    tmux: {
      press: (_pane, key) => act(`pressed ${key}`),
      leaveMode: () => act("left copy mode"),
      paste: (_pane, text) => act(`pasted ${text}`),
    },
    terminals: { captureStyled: async () => world.look },
    sessions: { listRequests: () => world.list() },
    escapeMs: 0,
    knownWithinMs: 20,
    drawnWithinMs,
  });
  const press = (name: string, run?: string, agreed?: string) =>
    keys.press({ agent, key: keyNamed(name) as Key, run, agreed });
  return { did, world, press, type: (text: string) => keys.type(agent, text) };
}

const every = ["Enter", "Esc", "Tab", "Ctrl-C", "y", "Space", "PageUp", "F1"];
const arrows = ["Up", "Down", "Left", "Right"];

test("keys are pressed at once where nothing waits for a decision", async (t) => {
  const { did, press } = presser(lookOf(boxWith("words"), { cursorX: 10 }));
  for (const name of [...every, ...arrows])
    t.match(await press(name, "%1 7 5"), { kind: "done", run: "%1 7 5" });
  t.equal(did.length, every.length + arrows.length);
});

for (const [what, look, decisions] of [
  ["opencode lists one", lookOf(boxWith("")), [permission]],
  ["the terminal shows one that opencode does not list", lookOf(styledDialog("Allow once")), []],
  ["the terminal shows a question", lookOf(askedChoice("Red")), []],
] as const) {
  test(`every key but the arrows asks first while a decision is open: ${what}`, async (t) => {
    const { did, press, type } = presser(look, [...decisions]);
    for (const name of every)
      t.match(await press(name), { kind: "asks", text: /is waiting for a decision/ }, name);
    t.match(await type("yes"), { kind: "refused", text: /^Not typed/ });
    t.same(did, []);
    for (const name of arrows) t.match(await press(name), { kind: "done" }, name);
    t.same(did, ["pressed Up", "pressed Down", "pressed Left", "pressed Right"]);
  });
}

test("the second key of a shortcut asks by itself while a decision is open", async (t) => {
  const { did, press } = presser(lookOf(styledDialog("Allow once")), [permission]);
  const first = await press("ctrl-x");
  t.match(first, { kind: "asks", text: /Ctrl-X may decide this now/ });
  if (first.kind !== "asks") return;
  t.match(await press("ctrl-x", undefined, first.agreed), { kind: "done" });
  const second = await press("q");
  t.match(second, { kind: "asks", text: /rm -rf/ });
  t.match(await press("q", undefined, first.agreed), { kind: "asks" }, "another key was agreed to");
  t.same(did, ["pressed C-x"]);
});

test("what a key would decide is shown, with the choice that is marked", async (t) => {
  const { press } = presser(lookOf(styledDialog("Allow always")), [permission]);
  const asked = await press("Enter");
  t.match(asked, {
    text: "site is waiting for a decision:\n\nrm -rf /\n\nEnter would choose “Allow always” now. Press it?",
  });
  t.match(await press("Esc"), { text: /rm -rf \/\n\nEsc may decide this now/ });
});

test("of several decisions each is shown, since the terminal may show any of them", async (t) => {
  const other: Decision = {
    kind: "permission",
    id: "per_0",
    request: permissionRequest({ metadata: { command: "ls" } }),
  };
  const { press } = presser(lookOf(styledDialog("Allow once")), [other, permission]);
  t.match(await press("Enter"), {
    text: /^site is waiting for 2 decisions, of which its terminal shows one:\n\nls\n\nrm -rf \/\n\nEnter would choose “Allow once” now/,
  });
  const long = permissionRequest({ metadata: { command: `echo ${"x".repeat(5000)}` } });
  const many = Array.from({ length: 20 }, (_, index): Decision => {
    return { kind: "permission", id: `per_${index}`, request: long };
  });
  const asked = await presser(lookOf(styledDialog("Allow once")), many).press("Enter");
  t.ok(asked.kind === "asks" && asked.text.length < 4096 && asked.text.endsWith("Press it?"));
});

/** What an operator is asked about Enter, and agrees to. */
async function agreedTo(t: Test, press: ReturnType<typeof presser>["press"]): Promise<string> {
  const asked = await press("Enter");
  if (asked.kind === "asks") return asked.agreed;
  t.fail("it did not ask");
  return "";
}

test("a key that was agreed to is pressed only while it would do just that", async (t) => {
  const { did, press, world } = presser(lookOf(styledDialog("Reject")), [permission]);
  const agreed = await agreedTo(t, press);
  world.look = lookOf(styledDialog("Allow once"));
  t.match(
    await press("Enter", undefined, agreed),
    { kind: "asks", text: /“Allow once”/ },
    "another choice",
  );
  world.look = lookOf(styledDialog("Reject"));
  t.match(await press("y", undefined, agreed), { kind: "asks" }, "another key");
  world.list = async () => [{ ...permission, id: "per_2" }];
  t.match(await press("Enter", undefined, agreed), { kind: "asks" }, "another decision");
  world.list = async () => [];
  world.look = lookOf(boxWith(""));
  t.match(await press("Enter", undefined, agreed), {
    kind: "refused",
    text: /no longer waiting for that/,
  });
  t.same(did, []);
  world.list = async () => [permission];
  world.look = lookOf(styledDialog("Reject"));
  t.match(await press("Enter", undefined, agreed), { kind: "done" });
  t.same(did, ["pressed Enter"]);
});

test("Ctrl-C, Ctrl-D and Ctrl-Z ask before they end a terminal with an empty box", async (t) => {
  const { did, press, world } = presser(lookOf(boxWith("")));
  for (const name of ["Ctrl-C", "Ctrl-D", "Ctrl-Z"]) {
    t.match(
      await press(name),
      { kind: "asks", text: /may end opencode in the terminal of site/ },
      name,
    );
  }
  world.look = lookOf("nothing that is understood");
  t.match(await press("Ctrl-C"), { kind: "asks" });
  world.look = lookOf(boxWith("words"), { cursorX: 10 });
  t.match(await press("Ctrl-C"), { kind: "done" });
  t.match(await press("Ctrl-Z"), { kind: "asks" });
  t.same(did, ["pressed C-c"]);
});

test("a second Ctrl-C asks while the screen may not show yet what the first one did", async (t) => {
  const { did, press, world } = presser(lookOf(boxWith("words"), { cursorX: 10 }), [], 60_000);
  t.match(await press("Left"), { kind: "done" });
  t.match(await press("Ctrl-C"), { kind: "done" }, "the cursor alone has moved");
  const asked = await press("Ctrl-C");
  t.match(asked, { kind: "asks", text: /may end opencode in the terminal of site/ });
  t.match(await press("Enter"), { kind: "done" }, "another key is pressed at once");
  t.match(await press("Ctrl-D"), { kind: "asks" });
  world.look = lookOf(boxWith(""));
  t.match(await press("Ctrl-C"), { kind: "asks" });
  if (asked.kind === "asks") await press("Ctrl-C", undefined, asked.agreed);
  t.same(did, ["pressed Left", "pressed C-c", "pressed Enter", "pressed C-c"]);
});

test("where opencode says nothing, a key asks, an arrow is pressed, and nothing is typed", async (t) => {
  const { did, press, type, world } = presser(lookOf(boxWith("words"), { cursorX: 10 }));
  for (const list of [
    () => Promise.reject(new OpencodeUnreachable("GET /permission")),
    () => new Promise<never>(() => undefined),
  ]) {
    world.list = list;
    const asked = await press("Enter");
    t.match(asked, { kind: "asks", text: /^opencode does not say whether site is waiting/ });
    t.match(await type("x"), { kind: "refused", text: /^Not typed: opencode does not say/ });
    t.match(await press("Up"), { kind: "done" });
    if (asked.kind === "asks") {
      t.match(await press("Enter", undefined, asked.agreed), { kind: "done" });
    }
  }
  t.same(did, ["pressed Up", "pressed Enter", "pressed Up", "pressed Enter"]);
});

test("in a terminal that shows another session every key but the arrows asks, and nothing is typed", async (t) => {
  const { did, press, type, world } = presser(
    lookOf(boxWith("words"), { cursorX: 10, title: "OC | other" }),
  );
  t.match(await press("Enter"), {
    kind: "asks",
    text: /^The terminal of site shows another session/,
  });
  t.match(await press("Up"), { kind: "done" });
  t.match(await type("x"), { kind: "refused", text: /^Not typed: .* shows another session/ });
  world.look = lookOf(boxWith("words"), { cursorX: 10, title: "OpenCode" });
  t.match(await press("Enter"), { kind: "done" }, "which session it is, cannot be told");
  t.same(did, ["pressed Up", "pressed Enter"]);
});

test("keys reach no other terminal, no dead one, and none in copy mode, which Esc ends", async (t) => {
  const { did, press, type, world } = presser(undefined);
  t.match(await press("Enter"), { kind: "refused", text: /no terminal of site is open/ });
  for (const other of [{ pid: 8 }, { since: 6 }]) {
    world.look = lookOf(boxWith(""), other);
    t.match(await press("Enter", "%1 7 5"), { kind: "refused", text: /a new terminal since/ });
  }
  world.look = lookOf(boxWith(""), { dead: true });
  t.match(await press("Enter", "%1 7 5"), { kind: "refused", text: /has ended/ });
  t.match(await type("x"), { kind: "refused", text: /has ended/ });
  world.look = lookOf(boxWith(""), { inMode: true });
  t.match(await press("Enter"), { kind: "refused", text: /Esc ends that/ });
  t.match(await type("x"), { kind: "refused", text: /Esc ends that/ });
  t.same(did, []);
  t.match(await press("Esc"), { kind: "done" });
  t.same(did, ["left copy mode"]);
});

test("what changes at the moment of the press is refused by tmux, and said", async (t) => {
  const { press, world } = presser(lookOf(boxWith("words"), { cursorX: 10 }));
  world.fault = new TmuxError("gone", "gone");
  t.match(await press("Enter"), { kind: "refused", text: /has ended/ });
  world.fault = new TmuxError("in-mode", "in mode");
  t.match(await press("Enter"), { kind: "refused", text: /Esc ends that/ });
  world.fault = new TmuxError("timeout", "no answer");
  await t.rejects(press("Enter"), { message: "no answer" });
});
