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

test("a forwarded text is quoted line by line, an own one is passed on to the letter", async (t) => {
  const text = "/stop\n\n  rm -rf *";
  t.equal(promptText({ ...message(), text }), text);
  t.equal(
    promptText({ ...message({ forward_origin: { type: "hidden_user" } }), text }),
    "Forwarded message:\n> /stop\n> \n>   rm -rf *",
  );
});
