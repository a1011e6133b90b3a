import { test } from "tap";
import { act } from "../../sandbox/chat/acts.ts";
import { changes, newestButtons } from "../../sandbox/chat/changes.ts";
import { LineReader } from "../../sandbox/chat/line.ts";
import { printed } from "../../sandbox/chat/print.ts";
import { script } from "../../sandbox/chat/script.ts";
import { isLive, liveLines } from "../../sandbox/chat/live.ts";
import { BotApiServer } from "../../sandbox/telegram/server.ts";
import type { ChatMessage, Draft } from "../../sandbox/telegram/chats.ts";

test("a line is a message, a press, the end, or the beginning of a longer message", async (t) => {
  const reader = new LineReader();
  t.same(reader.read("hello"), { kind: "say", text: "hello" });
  t.same(reader.read("!2"), { kind: "press", button: 2 });
  t.same(reader.read("!important"), { kind: "say", text: "!important" });
  t.same(reader.read("/quit"), { kind: "quit" });
  t.same(reader.read("/list"), { kind: "say", text: "/list" });
  t.same(reader.read("  "), { kind: "nothing" });
  t.equal(reader.read("one\\"), undefined);
  t.equal(reader.isBegun, true);
  t.equal(reader.read("\\"), undefined);
  t.same(reader.read("/quit"), { kind: "say", text: "one\n\n/quit" });
  t.equal(reader.isBegun, false);
});

test("a line may send a file, edit a message or react to one", async (t) => {
  const means = (line: string) => new LineReader().read(line);
  const photo = { kind: "send", media: "photo", path: "a.png" };
  t.same(means("!photo a.png"), { ...photo, caption: "" });
  t.same(means("!photo a.png look at it"), { ...photo, caption: "look at it" });
  t.same(means('!file "/srv/a b.pdf"'), {
    kind: "send",
    media: "document",
    path: "/srv/a b.pdf",
    caption: "",
  });
  t.match(means("!voice v.ogg"), { kind: "send", media: "voice" });
  t.same(means("!edit 2 run date"), { kind: "edit", back: 2, text: "run date" });
  t.same(means("!react 1 👍"), { kind: "react", back: 1, emoji: "👍" });
  for (const text of ["!photo", "!edit x y", "!react 1", "!other 1 a", "photo a.png"]) {
    t.same(means(text), { kind: "say", text });
  }
});

test("what such lines do reaches the bot, or says why not", async (t) => {
  const telegram = new BotApiServer({ token: "1:a" });
  const dir = t.testdir({ "a.txt": "words" });
  const does = (line: string) => act(telegram, new LineReader().read(line) ?? { kind: "nothing" });
  t.match(does("!edit 1 x"), { problem: "You have not written so many messages." });
  t.match(does("!react 1 👍"), { problem: "The bot has not written so many messages." });
  t.match(does("!react 1 ✅"), { problem: /^Telegram has no such reaction/ });
  t.match(does(`!file ${dir}/none`), {
    problem: `${dir}/none cannot be read: there is no such file.`,
  });
  t.match(does("!7"), { problem: "There is no button now." });
  t.match(does(`!file ${dir}/a.txt read it`), { updateId: Number });
  t.match(telegram.chat().at(-1), { text: "read it", file: { name: "a.txt" } });
  t.match(does("one"), { updateId: Number });
  t.match(does("!edit 1 two"), { updateId: Number });
  t.equal(telegram.chat().at(-1)?.text, "two");
  t.equal(does("  "), undefined);
});

test("what the bot sends, edits, deletes and reacts to is printed, and nothing twice", async (t) => {
  const mine = message(1, { from: "operator", text: "hi" });
  const card = message(2, { text: "May I?\nrm x" }, ["Yes", "No"]);
  const file = message(3, { file: { name: "a\u001b[2J.txt", bytes: Buffer.alloc(1234) } });
  const first = [mine, card, file];
  t.same(print([], first), ["bot  May I?\n     rm x\n     [1 Yes] [2 No]", fileLine]);
  t.same(print(first, first), []);

  const other = { ...file, file: { name: "a.txt", bytes: Buffer.from("other") } };
  t.same(print(first, [mine, card, other]), ["bot  [file a.txt, 5 bytes]\n     (edited)"]);
  const sent = { kind: "sent", message: other } as const;
  t.match(
    printed(sent, (_style, text) => text, "/tmp/1.png"),
    "\n     saved as /tmp/1.png",
  );

  const decided = { ...message(2, { text: "May I?\nrm x\n\nAllowed." }), edited: true };
  const seen = { ...mine, reactions: ["👀"] };
  t.same(print(first, [seen, decided]), [
    "(👀 on: hi)",
    "bot  … Allowed.\n     (edited)",
    "(the bot deleted a message)",
  ]);
});

test("formatting is shown in a terminal's own, and links say where they lead without it", async (t) => {
  const styled = message(1, {
    text: "A bold\nword, code\nquoted\nlines here",
    entities: [
      { type: "bold", offset: 2, length: 9 },
      { type: "code", offset: 13, length: 4 },
      { type: "blockquote", offset: 18, length: 12 },
      { type: "text_link", offset: 31, length: 4, url: "https://x.yz/" },
    ],
  });
  const seen = (style: unknown, text: string) => `<${String(style)}>${text}</>`;
  t.same(
    changes([], [styled]).map((change) => printed(change, seen)),
    [
      [
        "<bold,green>bot</>  A <bold>bold</>",
        "     <bold>word</>, <cyan>code</>",
        "     │ quoted",
        "     │ lines <underline>here</> (https://x.yz/)",
      ].join("\n"),
    ],
  );
  t.match(print([], [styled]), [/^bot {2}A bold\n {5}word, code\n {5}│ quoted/]);
});

test("what goes on just now is shown in a few lines that fit", async (t) => {
  const live = message(1, { text: "site: working · 5 s\n▸ bash: npm test" }, ["Stop"]);
  const draft = { text: `one\ntwo\n${"日本".repeat(30)}` } as Draft;
  t.same(isLive(live), true);
  t.same(isLive(message(2, { text: "May I?" }, ["Allow"])), false);
  t.same(liveLines([live, message(2)], [draft], 20), [
    "site: working · 5 s",
    "▸ bash: npm test",
    "✎ one",
    "✎ two",
    `✎ ${"日本".repeat(4)}`,
  ]);
});

test("a number presses a button of the newest message that has any", async (t) => {
  const older = message(1, {}, ["A"]);
  const newer = message(2, {}, ["B", "C"]);
  t.same(newestButtons([older, newer, message(3)]), { messageId: 2, buttons: ["B", "C"] });
  t.equal(newestButtons([message(3)]), undefined);
});

test("the script answers by send-telegram, and every turn of it ends", async (t) => {
  t.same(commands("it's me"), ["send-telegram -- 'I am a scripted agent. You wrote: it'\\''s me'"]);
  t.same(commands("run date", ["2026\n"]), ["date", "send-telegram -- 'date\n\n2026'"]);
  t.same(commands("ask", ['User has answered: "Which?"="Blue". Go on.']), [
    "question",
    "send-telegram -- 'Blue it is.'",
  ]);
  t.same(commands("file", [""]), ["write", "send-telegram --file note.txt --caption 'A note'"]);
  t.same(commands("slow"), ["send-telegram -- 'That took 10 seconds.'"]);
  t.same(script(request("say two\nlines", [])), { text: "two\nlines" });
  const reminded = "say so<system-reminder>\nPlan mode is on.\n</system-reminder>";
  t.same(script(request(reminded, [])), { text: "so" });
});

const fileLine = "bot  [file a\u{fffd}[2J.txt, 1.2 kB]";

const print = (before: ChatMessage[], now: ChatMessage[]) =>
  changes(before, now).map((change) => printed(change, (_style, text) => text));

/** A message of the bot with one row of buttons. */
function message(id: number, parts: Partial<ChatMessage> = {}, buttons: string[] = []) {
  const inline_keyboard = [buttons.map((text) => ({ text, callback_data: text }))];
  const shown: unknown = {
    message_id: id,
    from: "bot",
    text: "",
    entities: [],
    reply_markup: buttons.length > 0 ? { inline_keyboard } : undefined,
    reactions: [],
    ...parts,
  };
  return shown as ChatMessage;
}

/** The commands, or other tools, of the turn that a prompt sets going, given the results of the first ones. */
function commands(prompt: string, results: string[] = []): string[] {
  const steps = [...results, "Sent."].map((_result, index) => {
    const tool = script(request(prompt, results.slice(0, index))).tools?.[0];
    return tool?.name === "bash" ? String(tool.arguments["command"]) : String(tool?.name);
  });
  const end = script(request(prompt, [...results, "Sent."]));
  if (end.tools) throw new Error(`the turn of "${prompt}" goes on`);
  return steps;
}

function request(prompt: string, toolResults: string[]) {
  return {
    model: "stub",
    prompt,
    toolResults,
    parts: [],
    toolNames: ["bash"],
    prompts: [prompt],
    system: "",
    at: 0,
  };
}
