import { test, type Test } from "tap";
import type { Update } from "grammy/types";
import { addTask, takeTasks } from "../../src/bot/tasks.ts";
import { conversation } from "../../src/chat/conversation.ts";
import { outboxRows } from "../support/memory.ts";
import { permissionRequest } from "../support/permission.ts";
import { isPicture } from "../support/screen.ts";
import { telegramChat } from "../support/telegram-chat.ts";
import { until } from "../support/until.ts";

const keyRow = ["←", "↑", "↓", "→"];
const allKeys = [keyRow, ["Enter", "Esc", "Tab", "Ctrl-C", "⟳"]];

/** A chat in which the default agent's terminal is shown and its keys are pressed. */
async function screenChat(t: Test) {
  const all = await telegramChat(t);
  const { app, telegram, opencode, terminals, give } = all;
  terminals.text = "the screen";
  t.teardown(() => app.liveCalls.stop());
  const done = async () => {
    await all.runTasks();
    await all.rest();
  };
  const notices = () =>
    telegram.calls
      .filter(({ method }) => method === "answerCallbackQuery")
      .map(({ payload }) => payload["text"]);
  const press = async (update: Update, receivedAt?: number) => {
    const before = notices().length;
    await give(update, receivedAt);
    await done();
    return notices().slice(before);
  };
  const newest = (chatId?: number) => telegram.chat(chatId).findLast(isPicture);
  const pressed = (button: string, fields: { userId?: number; chatId?: number } = {}) =>
    telegram.operatorPresses({
      messageId: newest(fields.chatId)?.message_id ?? 0,
      button,
      ...fields,
    }).update;
  return {
    ...all,
    newest,
    press,
    pressed,
    done,
    /** The operator writes; the texts the bot then says, once all is done. */
    async says(text: string) {
      const before = all.said().length;
      await all.write(text);
      await done();
      return all.said().slice(before);
    },
    presses: (button: string) => press(pressed(button)),
    keysPressed: () => opencode.did.filter((one) => /^(pressed|pasted)/.test(one)),
    edits: () => telegram.calls.filter(({ method }) => method === "editMessageMedia"),
    labels: (chatId?: number) =>
      newest(chatId)?.reply_markup?.inline_keyboard.map((row) => row.map(({ text }) => text)),
  };
}

test("/screen sends a picture with keys; a press sends its key and replaces the picture", async (t) => {
  const all = await screenChat(t);
  await all.says("/screen");
  t.match(all.newest(), { text: "default_agent", file: { name: "default_agent.png" } });
  t.same(all.labels(), allKeys);
  t.same(await all.presses("↓"), [""]);
  t.same(all.keysPressed(), ["pressed Down"]);
  await until(() => all.edits()[0]);
  t.match(all.edits(), [
    { outcome: "ok", payload: { media: { type: "photo", caption: "default_agent" } } },
  ]);
  t.same(all.labels(), allKeys, "its keys stay");
  t.equal(all.said().filter(isPicture).length, 1);
});

test("fifty presses in a row press fifty keys in order, and few pictures go out", async (t) => {
  const all = await screenChat(t);
  await all.says("/screen");
  const keys = Array.from({ length: 50 }, (_, index) => keyRow[index % 4] ?? "");
  for (const key of keys) await all.give(all.pressed(key));
  await all.done();
  const names = ["Left", "Up", "Down", "Right"];
  t.same(
    all.keysPressed(),
    keys.map((_, index) => `pressed ${names[index % 4]}`),
  );
  await until(() => all.edits()[0]);
  t.ok(all.edits().length < 5, `${all.edits().length} pictures`);
});

test("only the newest picture has keys, and a press of an older one changes nothing", async (t) => {
  const all = await screenChat(t);
  await all.says("/screen");
  const stale = all.pressed("Enter");
  await all.says("/up");
  t.same(all.keysPressed(), ["pressed Up"]);
  const [first, second] = all.said().filter(isPicture);
  t.notOk(first?.reply_markup?.inline_keyboard.length);
  t.equal(second?.reply_markup?.inline_keyboard.length, 2);
  t.same(await all.press(stale), ["This button no longer works."]);
  t.same(all.keysPressed(), ["pressed Up"]);
});

test("keys are for the run of the terminal that the picture shows", async (t) => {
  const all = await screenChat(t);
  await all.says("/screen");
  all.terminals.pane = { ...all.terminals.pane, pid: 2 };
  for (const key of ["Enter", "↓"]) {
    t.match(
      await all.presses(key),
      [/^Not done: default_agent has had a new terminal since this picture/],
      key,
    );
  }
  all.terminals.pane = { ...all.terminals.pane, pid: 1, dead: true };
  t.match(await all.presses("↓"), [
    /^Not done: what ran in the terminal of default_agent has ended/,
  ]);
  all.terminals.text = undefined;
  t.match(await all.presses("⟳"), [/^Not done: no terminal of default_agent is open/]);
  t.same(all.keysPressed(), []);
  t.same(all.edits(), []);
});

test("keys are for the operator who asked, and for the agent that the conversation talks to", async (t) => {
  const all = await screenChat(t);
  await all.says("/screen");
  const stranger = { from: { id: 1001, is_bot: false, first_name: "Otto" } };
  const { callback_query: query, ...update } = all.pressed("Enter");
  const other = { ...update, callback_query: { ...query, ...stranger } } as Update;
  t.same(await all.press(other), ["This button is for another operator."]);
  await all.start("site");
  await all.write("/switch site");
  t.match(await all.presses("Enter"), [/^Not done: this was about default_agent/]);
  t.same(all.keysPressed(), []);
  await all.says("/screen default_agent");
  t.same(all.labels(), [["⟳", "Talk to it"]]);
});

test("a press that was received long before it can be done does nothing", async (t) => {
  const all = await screenChat(t);
  await all.says("/screen");
  t.match(await all.press(all.pressed("Enter"), Date.now() - 60_000), [
    /^Not done: Switchboard was not running/,
  ]);
  t.same(all.keysPressed(), []);
});

test("a key whose outcome a crash has hidden is told, and not pressed again", async (t) => {
  const all = await screenChat(t);
  await all.store.write((transaction) =>
    addTask(transaction, {
      lane: "terminal x",
      command: "key",
      input: {},
      conversation: conversation(1000),
      operator: 1000,
    }),
  );
  await takeTasks(all.store, new Set());
  await all.done();
  t.match(all.said().at(-1)?.text, /^It is not known whether \/key took effect/);
  t.same(all.keysPressed(), []);
});

test("a key is no failure where its picture cannot be written, since it was pressed", async (t) => {
  const all = await screenChat(t);
  t.intercept(all.app.keptFiles, "place", {
    value: () => Promise.reject(Object.assign(new Error("full"), { code: "ENOSPC" })),
  });
  t.match(await all.says("/enter"), [{ text: /^The terminal cannot be read right now/ }]);
  t.same(all.keysPressed(), ["pressed Enter"]);
  t.match(await all.says("/screen"), [{ text: "the screen" }], "the text is shown in its place");
});

test("while a decision is open a key asks, shows what it is about, and is pressed when agreed to", async (t) => {
  const all = await screenChat(t);
  const request = permissionRequest({ metadata: { command: "rm -rf build" } });
  all.sessions.now = {
    busy: true,
    retrying: false,
    decisions: [{ kind: "permission", id: "per_1", request }],
  };
  await all.says("/screen");
  t.match(await all.presses("Enter"), ["Please confirm below."]);
  const question = all.said().at(-1);
  t.match(
    question?.text,
    /^default_agent is waiting for a decision:\n\nrm -rf build\n\nEnter may decide this/,
  );
  t.match(await all.says("/type yes"), [
    { text: /^Not typed: default_agent is waiting for a decision/ },
  ]);
  t.match(await all.says("/esc"), [{ text: /Esc may decide this now\. Press it\?$/ }]);
  t.same(all.keysPressed(), []);
  await all.says("/left");
  t.same(all.keysPressed(), ["pressed Left"]);
  const messageId = question?.message_id ?? 0;
  await all.press(all.telegram.operatorPresses({ messageId, button: "Press Enter" }).update);
  t.same(all.keysPressed(), ["pressed Left", "pressed Enter"]);
  t.equal(all.said().find(({ message_id: id }) => id === messageId)?.text, "Pressing Enter.");
  t.ok(all.said().at(-1)?.file, "the terminal is shown then");
});

test("a key that is pressed many times while a decision is open asks once", async (t) => {
  const all = await screenChat(t);
  const request = permissionRequest({ metadata: { command: "rm -rf build" } });
  const decisions = [{ kind: "permission", id: "per_1", request }] as const;
  all.sessions.now = { busy: true, retrying: false, decisions: [...decisions] };
  await all.says("/screen");
  const asked = () => all.said().filter(({ text }) => text.endsWith("Press it?")).length;
  for (let left = 50; left > 0; left -= 1) await all.give(all.pressed("Enter"));
  await all.done();
  t.ok(asked() < 5, `${asked()} questions`);
  const before = asked();
  await all.presses("Esc");
  t.equal(asked(), before + 1, "another key is another question");
  t.same(all.keysPressed(), []);
});

test("/key and /type say what they take, and show the terminal", async (t) => {
  const all = await screenChat(t);
  for (const wrong of ["/key", "/key nonsense", "/key Ctrl-1"]) {
    t.match(await all.says(wrong), [{ text: /^Not done: write \/key and a key/ }], wrong);
  }
  t.match(await all.says("/type"), [{ text: /^Not typed: write/ }]);
  t.match(await all.says("/key PageUp"), [{ file: { name: "default_agent.png" } }]);
  t.match(await all.says("/type two\nlines"), [{ file: { name: "default_agent.png" } }]);
  t.same(all.keysPressed(), ["pressed PPage", "pasted two\nlines"]);
});

test("/screen with a number shows what has scrolled away, as a file when it is long", async (t) => {
  const all = await screenChat(t);
  all.terminals.text = "one\ntwo  \n\n";
  t.match(await all.says("/screen 200"), [{ text: "one\ntwo", entities: [{ type: "pre" }] }]);
  all.terminals.text = "word ".repeat(2000);
  const [file, about] = await all.says("/screen 200");
  t.match(file, { file: { name: "default_agent-screen.txt" } });
  t.match(about?.text, "default_agent: 1 line of its terminal are in the file above.");
  t.match(await all.says("/screen a b c"), [{ text: /^Not done: write \/screen/ }]);
  await all.start("200");
  t.match(await all.says("/screen 200"), [{ text: "200" }], "an agent of that name goes first");
});

test("/attach shows how the terminal is opened from elsewhere and here", async (t) => {
  const all = await screenChat(t);
  await all.write("/attach");
  const shown = (await outboxRows(all.store)).at(-1)?.payload ?? {};
  const { text = "", entities = [] } = shown as {
    text?: string;
    entities?: { offset: number; length: number }[];
  };
  const [there, here] = entities.map(({ offset, length }) => text.slice(offset, offset + length));
  t.match(here, /^tmux -L \S+ attach -t '=default_agent'$/);
  t.match(there, new RegExp(`^ssh -t \\S+@\\S+ "${RegExp.escape(here ?? "?")}"$`));
});
