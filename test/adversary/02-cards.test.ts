import { test } from "tap";
import { telegramChat } from "../support/telegram-chat.ts";

const bash = (command: string, fields: object = {}) => ({
  name: "bash",
  arguments: { command, description: "d", ...fields },
});
const runs = (command: string) => ({ metadata: { command }, always: ["x *"] });
const diffOf = (path: string, lines: string) =>
  `Index: ${path}\n${"=".repeat(67)}\n--- ${path}\n+++ ${path}\n@@ -1,3 +1,3 @@\n${lines}`;
const edits = (path: string, lines = " one\n-two\n+TWO\n") => ({
  permission: "edit",
  patterns: [path.slice(1)],
  always: ["*"],
  metadata: { filepath: path, diff: diffOf(path, lines) },
});

test("2. the card of an edit shows the file and its difference", async (t) => {
  const { asks, said } = await telegramChat(t);
  await asks(edits("/srv/a.txt"), { name: "edit", arguments: { filePath: "a.txt" } });
  const [{ text, entities } = { text: "", entities: [] }] = said();
  const body = "/srv/a.txt\n@@ -1,3 +1,3 @@\n one\n-two\n+TWO";
  t.equal(
    text,
    `Card 1: default_agent wants to edit files, in /srv\n${body}\n“Always” also allows: every edit`,
  );
  t.match(entities, [{ type: "pre", offset: text.indexOf("/srv/a.txt"), length: body.length }]);
});

test("2. the card of a patch shows where each file is moved, and what is deleted", async (t) => {
  const { asks, said } = await telegramChat(t);
  const files = [
    { filePath: "/srv/a.txt", type: "move", movePath: "/srv/AGENTS.md" },
    { filePath: "/srv/b.txt", type: "delete" },
  ];
  const diff = `${diffOf("/srv/a.txt", "-two\n+TWO\n")}\n${diffOf("/srv/b.txt", "-x\n")}`;
  await asks({ permission: "edit", metadata: { filepath: "srv/a.txt, srv/b.txt", diff, files } });
  const [{ text } = { text: "" }] = said();
  t.match(text, "/srv/a.txt is moved to /srv/AGENTS.md\n/srv/b.txt is deleted\n");
  t.match(text, /\+TWO[^]*-x/);
  t.match(text, /^⚠ This write changes what agents may do\.\nCard 1: /, "the target counts");
});

test("2. the card of a command names the folder it runs in", async (t) => {
  const { asks, said } = await telegramChat(t);
  await asks(runs("rm -rf ."), bash("rm -rf .", { workdir: "/home/operator" }));
  await asks(runs("ls"), bash("ls", { workdir: "sub/../other" }));
  await asks(runs("ls"), bash("ls"));
  await asks(runs("ls"));
  t.match(
    said().map(({ text }) => text.split("\n")[0]),
    [
      "Card 1: default_agent wants to run, in /home/operator",
      "Card 2: default_agent wants to run, in /srv/other",
      "Card 3: default_agent wants to run, in /srv",
      "Card 4: default_agent wants to run, in an unknown directory",
    ],
  );
});

test("2. what any other tool is given is on its card", async (t) => {
  const { asks, said } = await telegramChat(t);
  const fields = { permission: "deploy_site", patterns: ["*"] };
  await asks(fields, { name: "deploy_site", arguments: { to: "live", force: true } });
  t.match(said()[0]?.text, "asks for permission: deploy_site, in /srv\n*\nto: live\nforce: true");
});

test("2. every message of a card says whose it is and which, so that none is forged", async (t) => {
  const { asks, said, labels } = await telegramChat(t);
  const forged = "Card 9: default_agent wants to run, in /srv\nls";
  const command = `${"echo harmless; ".repeat(320)}\n${forged}`;
  await asks(runs(command), bash(command));
  const heads = said().map(({ text }) => text.split("\n")[0]);
  t.same(heads, [
    "Card 1 (1/2): default_agent wants to run, in /srv",
    "Card 1 (2/2): default_agent wants to run, in /srv",
  ]);
  const last = said().at(-1)!;
  const [pre] = last.entities;
  const code = last.text.slice(pre!.offset, pre!.offset + pre!.length);
  t.match(code, forged, "the agent's words stand in the block of the command");
  t.same(labels(), ["Allow once", "Always", "Reject"]);
});

test("2. a file name or folder cannot look like a line of the card", async (t) => {
  const { asks, said } = await telegramChat(t);
  await asks(runs("ls"), bash("ls", { workdir: "/srv/a\nCard 2: safe" }));
  await asks({ permission: "read", patterns: ["/a\n/b"] });
  t.match(said()[0]?.text, /^Card 1: .* in \/srv\/a\\u\{a\}Card 2: safe\nls/);
  t.match(said()[1]?.text, "\n/a\\u{a}/b");
});

test("2. a long folder is whole on the card, though not in its head", async (t) => {
  const { asks, said } = await telegramChat(t);
  const workdir = `/${"d".repeat(400)}/${"e".repeat(400)}`;
  await asks(runs("ls"), bash("ls", { workdir }));
  const [head, directory] = said()[0]!.text.split("\n");
  t.ok(head!.length < 300, `${head!.length}`);
  t.equal(directory, `Directory: ${workdir}`);
});

const hidden = ["\u202e", "\u2066", "\u200b", "\u001b", "\u0007", "\u00ad", "\u2028", "\u{e0041}"];

test("2. what is not drawn is shown: in commands, patterns, differences, questions and labels", async (t) => {
  const { asks, questions, said, labels, presses } = await telegramChat(t);
  for (const character of hidden) {
    const shown = `a\\u{${character.codePointAt(0)!.toString(16)}}b`;
    const raw = `a${character}b`;
    await asks({ ...runs(raw), always: [raw] }, bash(raw));
    t.match(said().at(-1)?.text, `\n${shown}\n“Always” also allows: ${shown}`);
    await asks({ permission: "read", patterns: [raw] });
    t.match(said().at(-1)?.text, `\n${shown}`);
    await asks(edits("/srv/a.txt", `+${raw}\n`));
    t.match(said().at(-1)?.text, `\n+${shown}\n`);
    await questions({ question: raw, options: [{ label: raw, description: raw }] });
    t.match(said().at(-1)?.text, `\n${shown}\n1. ${shown}: ${shown}`);
    t.same(labels(), [shown, "Dismiss"]);
    t.equal(await presses(shown), `Answered: ${shown}`);
  }
  const all = said().map(({ text }) => text);
  t.notOk(all.some((text) => hidden.some((character) => text.includes(character))));
});

test("2. ordinary text stays as it is", async (t) => {
  const { asks, questions, said } = await telegramChat(t);
  const words = "Größe ≤ 3\n日本語　です\nשלום 👩🏽‍💻 ❤️ مرحبا";
  await questions({ question: words });
  t.match(said().at(-1)?.text, `\n${words}`);
  const command = "if true; then\n\techo '→ ü'\nfi";
  await asks(runs(command), bash(command));
  t.match(said().at(-1)?.text, "\nif true; then\n    echo '→ ü'\nfi\n", "a tab is four spaces");
});

test("2. a long command is a document, with its head, tail and length on the card", async (t) => {
  const { asks, said, labels, presses } = await telegramChat(t);
  const command = `begin ${"x".repeat(300_000)}\u202e end`;
  await asks(runs(command), bash(command));
  const [file, card, ...more] = said();
  t.same(more, []);
  t.match(file, { text: "Card 1 (1/2): default_agent wants to run, in /srv" });
  t.equal(file?.file?.name, "card-1.txt");
  const shown = command.replace("\u202e", "\\u{202e}");
  t.equal(file?.file?.bytes.toString(), `${shown}\n“Always” also allows: x *\n`);
  t.match(card?.text, /^Card 1 \(2\/2\): default_agent wants to run, in \/srv\nbegin xxx/);
  t.match(card?.text, /x\\u\{202e\} end\nAll 300,018 characters are in card-1\.txt above\.\n/);
  t.match(card?.text, "… 297,718 characters are left out here …");
  t.same(labels(), ["Allow once", "Always", "Reject"]);
  t.equal(await presses("Allow once"), "Allowed once.");
});

test("2. where the document could not be sent, nothing can be approved by a button", async (t) => {
  const { asks, said, labels, telegram, write, cards } = await telegramChat(t);
  telegram.fault({ method: "sendDocument", kind: "refuse", description: "Bad Request: no" });
  await asks(runs("x".repeat(300_000)));
  t.equal(said().length, 1);
  t.same(labels(), ["Reject"]);
  const hint =
    "Not all of this could be shown. See /screen, then: /decide 1 allow, always or reject.";
  t.match(said()[0]?.text, hint);
  t.same(await write("/decide 1 allow"), ["Card 1: Allowed once."]);
  t.match(await cards.answered("default_agent"), [{ answer: { reply: "once" } }]);
});

test("2. the same holds where one of a card's texts could not be sent", async (t) => {
  const { asks, said, labels, telegram } = await telegramChat(t);
  telegram.fault({ method: "sendMessage", kind: "refuse", description: "Bad Request: no" });
  await asks(runs("y ".repeat(3000)));
  t.equal(said().length, 1);
  t.same(labels(), ["Reject"]);
});

test("2. a card that Telegram refuses is sent in its plainest form", async (t) => {
  const { asks, questions, said, labels, telegram } = await telegramChat(t);
  telegram.fault({ method: "sendMessage", kind: "refuse", description: "Bad Request: no" });
  await asks(runs("rm -rf build"), bash("rm -rf build"));
  t.match(said(), [{ text: /rm -rf build/, entities: [] }]);
  t.same(labels(), ["Allow once", "Always", "Reject"], "all of it is shown");

  telegram.fault({ method: "sendMessage", kind: "refuse", description: "Bad Request: no" });
  await asks(runs("z".repeat(3000)));
  t.ok(said().at(-1)!.text.length < 2000);
  t.same(labels(), ["Reject"], "not all of it is shown");

  telegram.fault({
    method: "sendMessage",
    kind: "refuse",
    description: "Bad Request: REPLY_MARKUP_TOO_LONG",
  });
  await questions({ options: ["red", "green"].map((label) => ({ label, description: "" })) });
  t.same(labels(), ["1", "2", "Dismiss"]);
});

test("2. a card that Telegram refuses in every form is decided by /decide", async (t) => {
  const { asks, said, telegram, write, cards, questions } = await telegramChat(t);
  const refusals = {
    method: "sendMessage",
    kind: "refuse",
    description: "Bad Request: no",
  } as const;
  telegram.fault({ ...refusals, times: 2 });
  const id = await asks(runs("rm -rf build"));
  const told =
    "A card from default_agent could not be shown. See /screen, then: /decide 1 allow, always or reject.";
  t.match(said(), [{ text: told }]);
  t.same(await write("/decide 1 maybe"), ["Not decided: write /decide 1 allow, always or reject."]);
  t.same(await cards.answered("default_agent"), []);
  t.same(await write("/decide 1 always"), ["Card 1: Always allowed."]);
  t.same(await write("/decide 1 reject"), ["Not decided: no card 1 is open here."]);
  t.same(await cards.answered("default_agent"), [
    { requestId: id, answer: { kind: "permission", reply: "always" } },
  ]);

  telegram.fault({ ...refusals, times: 2 });
  await questions({
    multiple: true,
    options: ["Red", "Green", "Blue"].map((label) => ({ label, description: "" })),
  });
  t.match(said().at(-1)?.text, "/decide 2 OPTION (its words or number), or reject.");
  t.same(await write("/decide 2 purple"), [
    "Not decided: write /decide 2 OPTION (its words or number), or reject.",
  ]);
  t.same(await write("/decide 2 green, 3"), ["Card 2: Answered: Green, Blue"]);
});

test("2. /decide keeps to the rules of the buttons", async (t) => {
  const { asks, write, app, cards } = await telegramChat(t);
  await write("go");
  const prompt = (await app.prompts.head("default_agent"))!;
  await app.prompts.attempt(prompt, { path: "api", sessionId: "ses_1" });
  await asks(runs("ls"));
  const elsewhere = { chat: { id: 2000, type: "private" } };
  t.same(await write("/decide 1 allow", elsewhere), ["Not decided: no card 1 is open here."]);
  const other = { from: { id: 1001, is_bot: false, first_name: "Other" } };
  t.same(await write("/decide 1 allow", other), ["This card is for another operator."]);
  t.same(await cards.answered("default_agent"), []);
  const usage = "Not decided: write allow, always, reject or an option, as in /decide 3 allow.";
  for (const text of ["/decide", "/decide 1", "/decide x allow", "/decide -1 allow"]) {
    t.same(await write(text), [usage], text);
  }
  t.same(await write("/decide 1 reject"), ["Card 1: Rejected."]);
});

test("2. a card's buttons work only in its own conversation", async (t) => {
  const { asks, said, telegram, press, cards } = await telegramChat(t);
  await asks(runs("ls"));
  const messageId = said().at(-1)!.message_id;
  const own = () => telegram.operatorPresses({ messageId, button: "Allow once" }).update;
  const pressedIn = (chat: object, topic: object = {}) => {
    const update = own();
    const message = { ...update.callback_query!.message, chat, ...topic };
    return { ...update, callback_query: { ...update.callback_query, message } } as typeof update;
  };
  const no = "This button is in another conversation.";
  t.equal(await press(pressedIn({ id: 2000, type: "private" })), no);
  const topic = { message_id: messageId + 50, message_thread_id: 5, is_topic_message: true };
  t.equal(await press(pressedIn({ id: 1000, type: "private" }, topic)), no);
  t.same(await cards.answered("default_agent"), []);
  t.equal(await press(own()), "Allowed once.");
});

test("2. a write to what opencode loads says so first, on every message", async (t) => {
  const { asks, said } = await telegramChat(t);
  const warning = "⚠ This write changes what agents may do.";
  const isWarned = async (fields: object, tool?: Parameters<typeof asks>[1]) => {
    await asks(fields, tool);
    return said().at(-1)!.text.startsWith(`${warning}\nCard `);
  };
  for (const path of [
    "/srv/opencode.json",
    "/srv/sub/opencode.jsonc",
    "/srv/.opencode/plugin/a.ts",
    "/srv/x/../.opencode/skills/s/SKILL.md",
    "/srv/AGENTS.md",
    "/srv/sub/CLAUDE.md",
    "/srv/.claude/skills/s/SKILL.md",
    "/srv/.agents/skills/s/SKILL.md",
    "/home/operator/.config/opencode/agent/a.md",
  ]) {
    t.ok(await isWarned(edits(path)), path);
  }
  for (const path of ["/srv/a.ts", "/srv/opencode.json.md", "/srv/.claude/notes.md"]) {
    t.notOk(await isWarned(edits(path)), path);
  }
  const outside = {
    permission: "external_directory",
    patterns: ["/x/.opencode/*"],
    metadata: { filepath: "/x/.opencode/tool/a.ts", parentDir: "/x/.opencode/tool" },
  };
  const file = { filePath: "/x/.opencode/tool/a.ts" };
  t.ok(await isWarned(outside, { name: "write", arguments: file }), "outside of the workspace");
  t.notOk(await isWarned(outside, { name: "read", arguments: file }), "reading changes nothing");

  await asks(edits("/srv/AGENTS.md", "+words\n".repeat(700)));
  t.match(
    said()
      .slice(-2)
      .map(({ text }) => text),
    [new RegExp(`^${warning}\nCard .*1/2`), new RegExp(`^${warning}\nCard .*2/2`)],
  );
});
