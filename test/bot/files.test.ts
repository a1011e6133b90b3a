import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { type Test, test } from "tap";
import { texts } from "../../src/texts/texts.ts";
import { tempDir } from "../support/app.ts";
import { chat } from "../support/bot-chat.ts";
import { type CallRow, outboxRows } from "../support/memory.ts";
import { png } from "../support/pictures.ts";
import { giveSession } from "../support/session.ts";

const { faults } = texts.files;

interface Sent {
  document?: { path: string; name: string };
  photo?: { path: string; name: string };
  caption?: string;
  reply_markup?: { inline_keyboard: { text: string; callback_data: string }[][] };
}

/** A chat of `default_agent` in the workspace, with what commands and presses make Telegram show. */
async function fileChat(t: Test) {
  const all = await chat(t);
  const { app, store, write, press, runTasks } = all;
  const { workspaceDir: work, dataDir } = app.config;
  mkdirSync(work);
  /** The calls that something makes, answers to presses left out. */
  const callsOf = async (act: () => Promise<unknown>): Promise<CallRow[]> => {
    const before = (await outboxRows(store)).length;
    await act();
    await runTasks();
    const calls = (await outboxRows(store)).slice(before);
    return calls.filter(({ method }) => method !== "answerCallbackQuery");
  };
  const commandOf = (text: string) => callsOf(() => write(text));
  const pressOf = (label: string) => callsOf(() => press(label));
  const outgoing = () => readdirSync(join(dataDir, "outgoing"));
  return { ...all, work, dataDir, commandOf, pressOf, outgoing };
}

const sentBy = (call: CallRow | undefined): Sent => call?.payload ?? {};
const labelsOf = ([call]: CallRow[]) =>
  (sentBy(call).reply_markup?.inline_keyboard ?? []).flat().map(({ text }) => text);
const textOf = ([call]: CallRow[]) => call?.payload["text"];

test("a file comes as a document, as it was when it was asked for", async (t) => {
  const { work, commandOf, outgoing } = await fileChat(t);
  mkdirSync(join(work, "sub dir"));
  const path = join(work, "sub dir", "notes.txt");
  writeFileSync(path, "as it was");
  for (const named of ["sub dir/notes.txt", path, "./sub dir/../sub dir/notes.txt"]) {
    const [call, ...more] = await commandOf(`/get ${named}`);
    t.match(call, { method: "sendDocument", lane: "1000 urgent" });
    t.same(more, []);
    const { document, caption, reply_markup: keyboard } = sentBy(call);
    t.same([document?.name, caption, keyboard], ["notes.txt", undefined, undefined]);
    writeFileSync(path, "changed since");
    t.equal(readFileSync(document!.path, "utf8"), "as it was");
    writeFileSync(path, "as it was");
  }
  t.equal(outgoing().length, 3);
});

test("a picture comes as a photo, whatever it is called, and by its button as the file", async (t) => {
  const { work, commandOf, pressOf } = await fileChat(t);
  writeFileSync(join(work, "@shot.txt"), png(300, 200));
  writeFileSync(join(work, "chart.png"), "words");
  writeFileSync(join(work, "tall.png"), png(100, 9000));
  const [photo] = await commandOf("/get @shot.txt");
  t.match(photo, { method: "sendPhoto", payload: { caption: "@shot.txt · 41 bytes" } });
  t.match(photo?.payload, { caption_entities: [{ type: "code" }] }, "nobody is mentioned by it");
  t.same(labelsOf([photo!]), [texts.files.asFile]);
  const [file, ...more] = await pressOf(texts.files.asFile);
  t.match(file, { method: "sendDocument", payload: { document: { name: "@shot.txt" } } });
  t.same(more, []);
  await commandOf("/get @shot.txt");
  for (const name of ["chart.png", "tall.png"])
    t.match(await commandOf(`/get ${name}`), [{ method: "sendDocument" }], name);
  rmSync(join(work, "@shot.txt"));
  t.equal(textOf(await pressOf(texts.files.asFile)), faults.missing);
});

test("a large file waits behind no card, and no card behind it", async (t) => {
  const { work, commandOf } = await fileChat(t);
  writeFileSync(join(work, "large"), Buffer.alloc(2 * 1024 * 1024, 1));
  const [call] = await commandOf("/get large");
  t.same([call?.method, call?.lane], ["sendDocument", "1000"]);
});

test("what cannot be sent is one sentence with the way to what can, and leaves no copy", async (t) => {
  const { work, dataDir, commandOf, outgoing } = await fileChat(t);
  const elsewhere = tempDir(t);
  const at = (name: string) => join(work, name);
  writeFileSync(join(elsewhere, "secret"), "secret");
  symlinkSync(join(elsewhere, "secret"), at("link"));
  symlinkSync(elsewhere, at("link-to-folder"));
  symlinkSync(at("nothing"), at("broken"));
  symlinkSync("/proc/self", at("self"));
  symlinkSync("/dev/zero", at("zero"));
  execFileSync("mkfifo", [at("fifo")]);
  writeFileSync(at("empty"), "");
  writeFileSync(at("fifty"), "");
  truncateSync(at("fifty"), 50 * 1024 * 1024 + 1);
  writeFileSync(at("denied"), "x");
  chmodSync(at("denied"), 0);
  const cases: [string, string][] = [
    ["link", faults.outside],
    ["link-to-folder/secret", faults.outside],
    ["link-to-folder/nothing", faults.outside],
    ["/proc/self/environ", faults.outside],
    ["self/environ", faults.outside],
    ["/etc/passwd", faults.outside],
    ["/nowhere/at/all", faults.outside],
    ["../data/reply-token", faults.outside],
    [join(dataDir, "reply-token"), faults.outside],
    ["/dev/zero", faults.outside],
    ["zero", faults.outside],
    // Where it leads to is not known to be inside.
    ["broken", faults.outside],
    ["nothing", faults.missing],
    ["a\nb", faults.missing],
    ["x".repeat(4000), faults.missing],
    ["fifo", faults["no-file"]],
    ["empty", faults.empty],
    ["fifty", faults["too-large"]],
    // Root reads what it likes.
    ...(process.getuid?.() === 0 ? [] : [["denied", faults.unreadable] as [string, string]]),
  ];
  for (const [path, sentence] of cases) {
    const calls = await commandOf(`/get ${path}`);
    t.same([calls.length, textOf(calls)], [1, sentence], path.slice(0, 40));
    t.same(labelsOf(calls), [texts.files.browse]);
  }
  t.throws(outgoing, /ENOENT/, "nothing was copied");
});

test("a file that is exchanged after it was looked at opens nothing else, and one that is gone is told", async (t) => {
  const { work, write, commandOf, runTasks, store } = await fileChat(t);
  const path = join(work, "a.txt");
  const exchanges: [() => void, string][] = [
    [() => symlinkSync("/etc/passwd", path), faults.outside],
    [() => mkdirSync(path), faults.folder],
    [() => execFileSync("mkfifo", [path]), faults["no-file"]],
    [() => undefined, faults.missing],
  ];
  for (const [exchange, sentence] of exchanges) {
    writeFileSync(path, "a");
    await write("/get a.txt");
    rmSync(path);
    exchange();
    await runTasks();
    t.equal(textOf([(await outboxRows(store)).at(-1)!]), sentence);
    rmSync(path, { recursive: true, force: true });
  }
  writeFileSync(path, "a");
  t.match(await commandOf("/get a.txt"), [{ method: "sendDocument" }]);
});

test("a name with a line end, a dash or what changes the order of letters is sent and shown harmless", async (t) => {
  const { work, commandOf, pressOf } = await fileChat(t);
  const names = ["-rf", "a\nb.txt", "\u202Egnp.exe", "日本.txt", "x".repeat(200)];
  for (const name of names) writeFileSync(join(work, name), "x");
  const labels = labelsOf(await commandOf("/files"));
  t.equal(labels.length, names.length);
  for (const label of labels) {
    t.notMatch(label, /[\n\u202E]/);
    const [call] = await pressOf(label);
    t.match(call, { method: "sendDocument" }, label);
    t.match(sentBy(call).document?.name, /^[^\n\u202E]{2,132}$/);
  }
  t.match(await commandOf("/get a\nb.txt"), [{ method: "sendDocument" }]);
});

test("a folder is shown with its folders and files, and its buttons lead on, up and through its pages", async (t) => {
  const { work, commandOf, pressOf } = await fileChat(t);
  const deep = join(work, "src", "d".repeat(200), "e".repeat(200));
  mkdirSync(deep, { recursive: true });
  writeFileSync(join(deep, "deep.txt"), "deep");
  for (let index = 10; index < 30; index += 1)
    writeFileSync(join(work, "src", `f${index}`), "x".repeat(index * 100));
  symlinkSync("f10", join(work, "src", "a-link"));
  const shown = await commandOf("/files src");
  t.match(textOf(shown), /^[^/\n]+\/src: 1 folder, 21 files\.\nPress a file .*\nPage 1 of 2\.$/s);
  const labels = labelsOf(shown);
  t.same(labels.slice(0, 4), ["↑ Up", labels[1], "a-link →", "f10 · 1000 bytes"]);
  t.match(labels[1], /^📁 d+…d+$/);
  t.equal(labels.at(-1), texts.bot.more);
  const [edit] = await pressOf(texts.bot.more);
  t.equal(edit?.method, "editMessageText");
  t.match(labelsOf([edit!]), ["↑ Up", /^f/, /^f/, /^f/, /^f/, /^f/, /^f/, texts.bot.back]);
  t.equal(labelsOf([edit!])[1], "f24 · 2.3 kB");
  await pressOf(texts.bot.back);
  t.match(await pressOf("a-link →"), [{ method: "sendDocument" }]);
  await pressOf(labels[1]!);
  const inner = labelsOf(await pressOf(labels[1]!.replaceAll("d", "e")));
  t.same(inner, ["↑ Up", "deep.txt · 4 bytes"], "a path of any length is carried");
  t.match(await pressOf("deep.txt · 4 bytes"), [{ method: "sendDocument" }]);
  await pressOf("↑ Up");
  await pressOf("↑ Up");
  const top = await pressOf("↑ Up");
  t.notOk(labelsOf(top).includes("↑ Up"), "not above the workspace");
  t.match(labelsOf(await commandOf("/get src")), labels, "a folder is no file to get");
  t.match(await commandOf("/files src/f10"), [{ method: "sendDocument" }]);
  mkdirSync(join(work, "none"));
  t.match(
    textOf(await commandOf("/files none")),
    /none is empty\. Ask the agent to put a file there, then send/,
  );
});

test("what a folder's button led to is told when it is gone, in its place", async (t) => {
  const { work, commandOf, pressOf } = await fileChat(t);
  mkdirSync(join(work, "gone"));
  writeFileSync(join(work, "file"), "x");
  await commandOf("/files");
  rmSync(join(work, "gone"), { recursive: true });
  const [edit] = await pressOf("📁 gone");
  t.match(edit, { method: "editMessageText", payload: { text: faults.missing } });
  t.match(await pressOf(texts.files.browse), [{ method: "sendMessage" }]);
  symlinkSync(dirname(tempDir(t)), join(work, "gone"));
  t.equal(textOf(await commandOf("/files gone")), faults.outside);
});

test("a path begins in the folder of the agent that the chat talks to, and a button stays with its agent", async (t) => {
  const { app, agents, store, write, commandOf, pressOf } = await fileChat(t);
  const own = join(tempDir(t), "site");
  mkdirSync(own);
  writeFileSync(join(own, "page.html"), "page");
  await store.write((transaction) => app.lifecycle.start(transaction, "site", { directory: own }));
  await giveSession(agents, "site", "ses_2");
  t.equal(textOf(await commandOf(`/get ${join(own, "page.html")}`)), faults.outside);
  await write("/switch site");
  t.match(await commandOf("/get page.html"), [{ method: "sendDocument" }]);
  t.match(textOf(await commandOf("/files")), /^site: 0 folders, 1 file\./);
  await write("/switch default_agent");
  t.match(await pressOf("page.html · 4 bytes"), [{ method: "sendDocument" }]);
});
