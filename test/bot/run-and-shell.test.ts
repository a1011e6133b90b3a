import { test } from "tap";
import { slashCommand } from "../../src/opencode/slash-commands.ts";
import { chat, minutesAgo } from "../support/bot-chat.ts";
import { rows } from "../support/memory.ts";
import { press } from "../support/updates.ts";
import type { Test } from "tap";

const on = { ALLOW_SHELL: "true" };
const inGroup = { chat: { id: -5, type: "supergroup", title: "us" } };
const off = /^Not sent: .*shell is off; set ALLOW_SHELL=true and restart Switchboard/;

async function withCommands(t: Test, env: Record<string, string> = {}) {
  const all = await chat(t, env);
  const { app, store } = all;
  t.intercept(app.opencodeControls, "commands", {
    value: async () => [
      slashCommand({ name: "greet", template: "Greet $ARGUMENTS" }),
      slashCommand({ name: "made", template: "!`make`" }),
      slashCommand({ name: "paint", template: "Paint", source: "skill" }),
    ],
  });
  const waiting = () => rows<object>(store, "SELECT kind, text, state FROM prompts ORDER BY id");
  const key = async (argument: string) => {
    const [row] = await rows<{ key: string }>(
      store,
      `SELECT key FROM buttons WHERE action LIKE '%"run","argument":"${argument}"%'`,
    );
    return row?.key;
  };
  return { ...all, waiting, key };
}

test("a command of opencode waits as it was written; an unknown one is refused", async (t) => {
  const { write, waiting } = await withCommands(t);
  t.match(await write("/run"), [/^Name the command/]);
  t.match(await write("/run nope x"), [/^Not sent: opencode has no command nope; \/commands/]);
  t.match(await write("/run __proto__"), [/^Not sent: opencode has no command/]);
  t.match(await write("/run made"), [off]);
  t.match(await write("/run greet !`id`"), [off]);
  t.same(await waiting(), []);
  t.same(await write("/run greet  the\n'whole' *world*"), []);
  t.same(await write("/run /greet"), []);
  t.same(await waiting(), [
    { kind: "command", text: "/greet the\n'whole' *world*", state: "queued" },
    { kind: "command", text: "/greet", state: "queued" },
  ]);
});

test("where opencode does not answer a command waits, to be looked at later", async (t) => {
  const { app, write, waiting } = await withCommands(t);
  t.intercept(app.opencodeControls, "commands", {
    value: async () => Promise.reject(new Error("down")),
  });
  t.same(await write("/run nope"), []);
  t.match(await waiting(), [{ text: "/nope" }]);
});

test("shell commands are refused where shell is off, and never become prompts", async (t) => {
  const { write, waiting } = await withCommands(t);
  for (const text of ["/sh ls", "! ls", "/sh", "! ls\n! rm"]) t.match(await write(text), [off]);
  t.match(await write("! ls", minutesAgo(14)), [off], "an old one is not asked about");
  t.same(await waiting(), []);
});

test("shell commands wait to the letter where shell is on", async (t) => {
  const { write, waiting } = await withCommands(t, on);
  t.match(await write("/sh"), [/^Write what to run/]);
  const entities = [{ type: "bold", offset: 7, length: 3 }];
  t.same(await write("! echo *a* `b`\n  c", { entities }), []);
  t.same(await write("/sh ./run --now"), []);
  t.same(await waiting(), [
    { kind: "shell", text: "! echo *a* `b`\n  c", state: "queued" },
    { kind: "shell", text: "! ./run --now", state: "queued" },
  ]);
});

test("what only looks like a shell command is a prompt, or another bot's", async (t) => {
  const { write, waiting } = await withCommands(t, on);
  const forward_origin = { type: "hidden_user", sender_user_name: "X", date: 1 };
  const code = [{ type: "code", offset: 0, length: 4 }];
  await write("! rm", { forward_origin });
  await write("/sh rm", { forward_origin });
  await write("! rm", { entities: code });
  await write("!important");
  await write("!");
  t.same(await write("/sh@other_bot rm", inGroup), []);
  t.match(await waiting(), [
    { kind: "text", text: "Forwarded message:\n> ! rm" },
    { kind: "text", text: "Forwarded message:\n> /sh rm" },
    { kind: "text" },
    { kind: "text", text: "!important" },
    { kind: "text", text: "!" },
  ]);
  t.equal((await waiting()).length, 5);
});

test("an old one asks first", async (t) => {
  const { write, waiting, give, store } = await withCommands(t, on);
  t.same(await write("! rm x", minutesAgo(14)), ["You sent /sh rm x 14 min ago. Do it now?"]);
  t.same(await write("/run greet", minutesAgo(14)), ["You sent /run greet 14 min ago. Do it now?"]);
  t.same(await waiting(), []);
  const [yes] = await rows<{ key: string }>(store, "SELECT key FROM buttons ORDER BY rowid");
  await give(press(101, yes?.key ?? ""));
  await give(press(102, yes?.key ?? ""));
  t.match(await waiting(), [{ kind: "shell", text: "! rm x" }]);
});

test("the lists have a button for each command that may run, which works once", async (t) => {
  const { write, give, key, waiting } = await withCommands(t);
  t.match(await write("/commands"), [/^made \(runs a shell command\)/m]);
  t.equal(await key("made"), undefined);
  const greet = (await key("greet")) ?? "";
  t.match(await give(press(101, greet)), ["/greet was given to default_agent.", ""]);
  await give(press(102, greet));
  t.match(await waiting(), [{ kind: "command", text: "/greet" }]);
  t.equal((await waiting()).length, 1);

  const other = await withCommands(t, on);
  await other.write("/commands");
  t.type(await other.key("made"), "string");
});

test("a stopped agent takes no commands", async (t) => {
  const { write, stop, waiting } = await withCommands(t, on);
  await stop("default_agent");
  t.match(await write("! ls"), [/^default_agent is stopped\. \/start/]);
  t.match(await write("/run greet"), [/default_agent is stopped/]);
  t.same(await waiting(), []);
});
