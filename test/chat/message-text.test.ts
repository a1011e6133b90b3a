import { test } from "tap";
import { promptText, writtenCommand } from "../../src/chat/message-text.ts";
import { message } from "../support/updates.ts";

test("a command is what its author wrote at the start of a message", async (t) => {
  const commands: [string, object | undefined][] = [
    ["/start", { name: "start", bot: undefined, argument: "" }],
    ["/Start  web site ", { name: "start", argument: "web site" }],
    ["/stop@my_bot a", { name: "stop", bot: "my_bot", argument: "a" }],
    ["/review fix a@b.c\nand more", { name: "review", argument: "fix a@b.c\nand more" }],
    ["/start\nname", { name: "start", argument: "name" }],
    ["/", undefined],
    ["/ start", undefined],
    [" /start", undefined],
    ["please /start", undefined],
    ["hello", undefined],
    ["", undefined],
  ];
  for (const [text, command] of commands) {
    const found = writtenCommand({ ...message(), text });
    if (command) t.match(found, command, text);
    else t.equal(found, undefined, text);
  }
  const forwarded = { ...message({ forward_origin: { type: "user" } }), text: "/stop" };
  t.equal(writtenCommand(forwarded), undefined);
});

test("a command that Telegram marks is one, whatever ends its sentence; a path is none", async (t) => {
  const marked = (text: string, length: number) =>
    writtenCommand(message({ text, entities: [{ type: "bot_command", offset: 0, length }] }));
  t.match(marked("/stop.", 5), { name: "stop", argument: "" });
  t.match(marked("/status?", 7), { name: "status", argument: "" });
  t.match(marked("/list!", 5), { name: "list", argument: "" });
  t.match(marked("/stop, now", 5), { name: "stop", argument: "now" });
  t.match(marked("/switch@ourbot: site", 14), { name: "switch", bot: "ourbot", argument: "site" });
  t.match(marked("/start web.site", 6), { name: "start", argument: "web.site" });
  for (const text of ["/etc/hosts is wrong", "/home/me/x.txt", "//comment", "/stop.sh is broken"]) {
    t.equal(writtenCommand(message({ text })), undefined, text);
  }
  const later = [{ type: "bot_command", offset: 4, length: 5 }];
  t.equal(writtenCommand(message({ text: "and /stop.", entities: later })), undefined);
});

test("a forwarded text is quoted line by line, an own one is passed on to the letter", async (t) => {
  const text = "/stop\n\n  rm -rf *";
  t.equal(promptText({ ...message(), text }), text);
  t.equal(
    promptText({ ...message({ forward_origin: { type: "hidden_user" } }), text }),
    "Forwarded message:\n> /stop\n> \n>   rm -rf *",
  );
});

test("an answer to a message quotes it, by the selected part if there is one", async (t) => {
  const answered = { message_id: 3, date: 1, text: "one\ntwo" };
  const own = { text: "why?", reply_to_message: answered };
  t.equal(promptText(message(own)), "In reply to:\n> one\n> two\n\nwhy?");
  const part = { text: "two", position: 4, entities: [{ type: "code", offset: 0, length: 3 }] };
  t.equal(promptText(message({ ...own, quote: part })), "In reply to:\n> `two`\n\nwhy?");
  const picture = { text: "this one", reply_to_message: { message_id: 3, date: 1, photo: [] } };
  t.equal(promptText(message(picture)), "this one", "there are no words to quote");
  const topic = { message_id: 3, date: 1, forum_topic_created: { name: "x" } };
  t.equal(promptText(message({ text: "hello", reply_to_message: topic })), "hello");
  const caption = { message_id: 3, date: 1, photo: [], caption: "the plan" };
  t.match(promptText(message({ ...own, reply_to_message: caption })), /^In reply to:\n> the plan/);
});

test("a rich message without any text is no prompt", async (t) => {
  const rich_message = { blocks: [{ type: "photo", photo: [] }] };
  t.equal(promptText(message({ text: undefined, rich_message })), undefined);
});

test("whatever ends the sentence of a command is not its argument, and code is no command", async (t) => {
  const entities = [{ type: "bot_command", offset: 0, length: 5 }];
  for (const end of ["。", "！", ")", "...", "—", '"', "'", "\u200b", "🙏", "👍🏽", "؟", "*"]) {
    t.match(writtenCommand(message({ text: `/stop${end}`, entities })), { argument: "" }, end);
    t.match(
      writtenCommand(message({ text: `/stop${end} site`, entities })),
      { argument: "site" },
      end,
    );
  }
  t.match(writtenCommand(message({ text: "/stop ~/x", entities })), { argument: "~/x" });
  for (const type of ["code", "pre"]) {
    const code = [{ type, offset: 0, length: 9 }];
    t.equal(writtenCommand(message({ text: "/stop all", entities: code })), undefined, type);
  }
  const bold = [{ type: "bold", offset: 0, length: 5 }, ...entities];
  t.match(writtenCommand(message({ text: "/stop", entities: bold })), { name: "stop" });
});
