import { test } from "tap";
import type { Decision } from "../../src/opencode/session-reader.ts";
import { draftCard } from "../../src/cards/card.ts";
import { layoutOf } from "../../src/cards/card-layout.ts";
import { pruneButtons } from "../../src/buttons/buttons.ts";
import { stage, spent } from "../support/cards.ts";
import { rows } from "../support/memory.ts";
import { siteAgent } from "../support/session.ts";

const endings = {
  once: "Allowed once.",
  always: "Always allowed.",
  reject: "Rejected.",
  elsewhere: "Answered in the terminal, or no longer waiting.",
  ended: "The turn has ended; nothing waits for this.",
};

const permission = (id: string, command = "rm -rf build", fields: object = {}): Decision => ({
  kind: "permission",
  id,
  request: {
    id,
    sessionID: "ses_1",
    permission: "bash",
    patterns: ["rm *"],
    always: ["rm *"],
    metadata: { command },
    ...fields,
  },
});

test("a permission is shown once, whole, where its agent speaks", async (t) => {
  const { cards, shown, buttons } = await stage(t);
  const told: string[] = [];
  cards.on("shown", (kind) => told.push(kind));
  await cards.sync(siteAgent, [permission("per_1")]);
  await cards.sync(siteAgent, [permission("per_1")]);
  await Promise.all([
    cards.sync(siteAgent, [permission("per_1")]),
    cards.sync(siteAgent, [permission("per_1")]),
  ]);
  const messages = await shown();
  t.equal(messages.length, 1);
  t.same(told, ["permission"]);
  const text =
    "Card 1: site wants to run, in an unknown directory\nrm -rf build\n“Always” also allows: rm *";
  t.match(messages, [
    {
      lane: "-100:5",
      method: "sendMessage",
      payload: {
        chat_id: -100,
        message_thread_id: 5,
        text,
        entities: [{ type: "pre", offset: text.indexOf("rm -rf"), length: "rm -rf build".length }],
        link_preview_options: { is_disabled: true },
      },
    },
  ]);
  const keys = [...(await buttons()).entries()];
  t.same(
    keys.map(([label]) => label),
    ["Allow once", "Always", "Reject"],
  );
  t.equal(new Set(keys.map(([, key]) => key)).size, 3);
  for (const [, key] of keys) t.match(key, /^[A-Za-z0-9_-]{24}$/);
});

test("two requests asked at once have a card each", async (t) => {
  const { cards, shown } = await stage(t);
  const write = {
    permission: "edit",
    patterns: ["/srv/a.ts", "/srv/b.ts"],
    always: [],
    metadata: {},
  };
  await cards.sync(siteAgent, [permission("per_1"), permission("per_2", "", write)]);
  t.match(
    (await shown()).map(({ payload }) => payload["text"]),
    [/rm -rf build/, "Card 2: site wants to edit files, in /srv\n/srv/a.ts\n/srv/b.ts"],
  );
});

test("each button decides as it says, once, and the others are spent with it", async (t) => {
  for (const [label, reply, words] of [
    ["Allow once", "once", "Allowed once."],
    ["Always", "always", "Always allowed."],
    ["Reject", "reject", "Rejected."],
  ] as const) {
    const { cards, press } = await stage(t);
    await cards.sync(siteAgent, [permission("per_1")]);
    t.same(await cards.answered("site"), []);
    t.equal(await press(label), words);
    t.equal(await press(label), spent);
    t.equal(await press("Allow once"), spent);
    t.same(await cards.answered("site"), [
      { requestId: "per_1", answer: { kind: "permission", reply } },
    ]);
    t.same(await cards.answered("other"), []);
  }
});

test("a card is for the operator whose prompt asks, and for any when no prompt does", async (t) => {
  const { cards, press } = await stage(t);
  await cards.sync(siteAgent, [permission("per_1")]);
  t.equal(await press("Allow once", 1001), "This button is for another operator.");
  t.same(await cards.answered("site"), []);
  t.equal(await press("Allow once", 1000), "Allowed once.", "which leaves it to its own operator");

  const free = await stage(t, { running: false });
  await free.cards.sync(siteAgent, [permission("per_1")]);
  t.equal(await free.press("Reject", 1001), "Rejected.");
});

test("a key nobody was given does nothing", async (t) => {
  const { cards, pressKey, shown } = await stage(t);
  await cards.sync(siteAgent, [permission("per_1")]);
  for (const key of ["", "per_1", "once", "A".repeat(24), "' OR 1=1 --"]) {
    t.equal(await pressKey(key), spent);
  }
  t.equal((await shown()).length, 1);
});

test("a card that is open for long keeps its buttons, and a closed one has none", async (t) => {
  const { store, cards, press } = await stage(t);
  await cards.sync(siteAgent, [permission("per_1")]);
  await cards.close("per_1", endings.ended);
  await cards.sync(siteAgent, [permission("per_2")]);
  const prune = () => store.write((transaction) => pruneButtons(transaction, Date.now() + 1, 99));
  t.equal(await prune(), 0);
  const subjects = "SELECT DISTINCT subject FROM buttons";
  t.same(await rows(store, subjects), [{ subject: "per_2" }]);
  t.equal(await press("Reject"), "Rejected.");
});

test("a closed card loses its buttons, says how it was decided, and takes no press", async (t) => {
  const { cards, press, pressKey, buttons, shown } = await stage(t);
  await cards.sync(siteAgent, [permission("per_1")]);
  const old = (await buttons()).get("Always")!;
  await press("Allow once");
  await cards.close("per_1", endings.once);
  await cards.close("per_1", endings.elsewhere);
  const [sent, edit, ...more] = await shown();
  t.same(more, []);
  t.match(edit, {
    lane: "-100:5",
    method: "editMessageText",
    payload: {
      chat_id: -100,
      message_of: sent?.id,
      text: /\nrm -rf build\n[^]*\n\nAllowed once\.$/,
      entities: [{ type: "pre" }],
      reply_markup: { inline_keyboard: [] },
    },
  });
  t.equal(await pressKey(old), spent);
  t.same(await cards.answered("site"), []);
});

test("a request that is gone closes its card, and one decided elsewhere tells so only when open", async (t) => {
  const { cards, press, pressKey, shown, buttons } = await stage(t);
  await cards.sync(siteAgent, [permission("per_1"), permission("per_2")]);
  const key = (await buttons()).get("Allow once")!;
  await cards.sync({ ...siteAgent, name: "other" }, []);
  t.equal((await shown()).length, 2, "another agent's round closes nothing");
  await cards.sync(siteAgent, [permission("per_2")]);
  t.match((await shown()).at(-1), {
    payload: { text: new RegExp(`${RegExp.escape(endings.elsewhere)}$`) },
  });
  await cards.closeUnanswered("per_2", "reject");
  t.match((await shown()).at(-1), { payload: { text: /In the terminal: Rejected\.$/ } });
  t.equal(await pressKey(key), spent);
  await cards.sync(siteAgent, []);
  t.equal((await shown()).length, 4, "each was closed once");

  await cards.sync(siteAgent, [permission("per_3")]);
  await press("Always");
  await cards.closeUnanswered("per_3", "always");
  await cards.closeUnanswered("per_none", "once");
  t.equal((await shown()).length, 5, "an answered card is closed by whoever passes the answer on");
});

const endsAlong = {
  reject: "Rejected with the other request.",
  always: "Allowed with the other request.",
};

for (const [button, reply] of [
  ["Reject", "reject"],
  ["Always", "always"],
] as const) {
  test(`a request that ${button} for another one decided says so, whoever tells first`, async (t) => {
    const ends = async (how: "event" | "passed on" | "gone", sessionID = "ses_1") => {
      const { cards, press, shown } = await stage(t);
      await cards.sync(siteAgent, [permission("per_2", "ls", { sessionID }), permission("per_1")]);
      await press(button);
      if (how === "event") await cards.closeUnanswered("per_2", reply);
      if (how === "passed on") await cards.closeWithOthers("per_1", reply, ["per_3"]);
      if (how === "gone") await cards.sync(siteAgent, [permission("per_1")]);
      if (how === "passed on" && sessionID === "ses_1") await cards.closeUnanswered("per_2", reply);
      const edits = (await shown()).filter(({ method }) => method === "editMessageText");
      return edits.map(({ payload }) => String(payload["text"]).split("\n").at(-1));
    };
    t.same(await ends("event"), [endsAlong[reply]]);
    t.same(await ends("gone"), [endsAlong[reply]]);
    t.same(await ends("passed on"), [endsAlong[reply], endings[reply]]);
    t.same(await ends("event", "ses_child"), [`In the terminal: ${endings[reply]}`]);
    t.same(await ends("passed on", "ses_child"), [endings[reply]], "the subagent's still waits");
  });
}

test("a request that still waits after Always for another one keeps its card", async (t) => {
  const { cards, press } = await stage(t);
  await cards.sync(siteAgent, [permission("per_2", "ls"), permission("per_1")]);
  await press("Always");
  await cards.closeWithOthers("per_1", "always", ["per_2"]);
  t.ok(await cards.hasOpen("site"));
});

test("a command longer than a message is shown whole, the buttons under its end", async (t) => {
  const { cards, press, shown } = await stage(t);
  const command = Array.from({ length: 600 }, (_, line) => `echo line ${line}`).join("\n");
  await cards.sync(siteAgent, [permission("per_1", command)]);
  const messages = (await shown()).map(({ payload }) => payload);
  t.equal(messages.length, 3);
  const texts = messages.map(({ text }) => text as string);
  const heads = [1, 2, 3].map(
    (part) => `Card 1 (${part}/3): site wants to run, in an unknown directory\n`,
  );
  t.ok(texts.every((text, index) => text.startsWith(heads[index]!)));
  const bodies = texts.map((text, index) => text.slice(heads[index]!.length));
  t.equal(bodies.join("\n"), `${command}\n“Always” also allows: rm *`, "cut between lines");
  t.ok(texts.every((text) => text.length <= 4096));
  t.same(
    messages.map((payload) => "reply_markup" in payload),
    [...messages.slice(1).map(() => false), true],
  );
  await press("Reject");
  await cards.close("per_1", endings.reject);
  const edit = (await shown()).at(-1)?.payload;
  t.equal(edit?.["text"], `${texts.at(-1)}\n\nRejected.`);
  t.equal(edit?.["message_of"], (await shown()).at(-2)?.id, "the message with the buttons");
});

test("the formatting of a card in parts covers the command and nothing else", async (t) => {
  const commands = ["x".repeat(9000), `${"y".repeat(3300)}${" ".repeat(3000)}${"z".repeat(2000)}`];
  for (const command of commands) {
    const { parts } = layoutOf(draftCard("site", permission("per_1", command), {}));
    const formatted = parts.map(({ text, entities }) =>
      entities.map(({ offset, length }) => text.slice(offset, offset + length)).join(""),
    );
    const isSame = formatted.join("").replace(/ /g, "") === command.replace(/ /g, "");
    t.ok(isSame, `${formatted.map(({ length }) => length).join()} of ${command.length}`);
  }
});

test("without its formatting a card has no command in it that could be tapped", async (t) => {
  const { plain, incomplete } = layoutOf(draftCard("site", permission("per_1", "/stop @all"), {}));
  for (const text of [plain, incomplete]) {
    t.notMatch(text, /\/stop|@all/);
    t.match(text.replaceAll("\u2060", ""), "/stop @all");
  }
});
