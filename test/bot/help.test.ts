import { test } from "tap";
import { texts } from "../../src/texts/texts.ts";
import { chat } from "../support/bot-chat.ts";
import { outboxRows } from "../support/memory.ts";

// What a phone shows on one line, at its usual size of letters.
const lineOfPhone = 42;

test("/help has a heading for each group, and each command on one line of a phone", async (t) => {
  const { write, store } = await chat(t);
  const [help = ""] = (await write("/help")) as string[];
  const [, ...lines] = help.split("\n");
  for (const line of lines) t.ok(line.length <= lineOfPhone, line);
  const { entities } = (await outboxRows(store)).at(-1)!.payload as {
    entities: { type: string; offset: number; length: number }[];
  };
  t.same(
    entities.map(({ type, offset, length }) => [type, help.slice(offset, offset + length)]),
    Object.values(texts.bot.groups).map((heading) => ["bold", heading]),
  );
});

test("a button of /help shows a group with what its commands take, in the same message", async (t) => {
  const { write, press, store } = await chat(t);
  await write("/help");
  await press("Projects");
  const shown = (await outboxRows(store)).filter(({ method }) => method === "editMessageText");
  t.match(
    shown.at(-1)?.payload["text"],
    /^Projects\n\n\/files \[folder\]\nbrowse .*\n\n\/get <path>\n.*\n\n\/projects \[/s,
  );
  await press("All commands");
  const all = (await outboxRows(store)).filter(({ method }) => method === "editMessageText");
  t.match(all.at(-1)?.payload["text"], /^Any text you send is a task/);
});

test("/help says all of one command, with or without its slash, and suggests one for a typo", async (t) => {
  const { write, press } = await chat(t);
  const diff = [/^\/diff \[file \| session\]\nwhat changed\nIn the folder since the last commit/];
  t.match(await write("/help diff"), diff);
  t.match(await write("/help /DIFF"), diff);
  t.same(await write("/help difff"), ["There is no command “difff”. Did you mean /diff?"]);
  t.match((await press("/diff")).at(0), diff[0]);
  t.match(await write("/help zzzzzz"), ["There is no command “zzzzzz”. /help lists all of them."]);
});

test("an unknown command is answered with what is said of those like it", async (t) => {
  const { write, press, prompts } = await chat(t);
  t.same(await write("/swich site"), ["Not sent: this command is unknown. Did you mean /switch?"]);
  t.match((await press("/switch")).at(0), /^\/switch <name>\ntalk to another agent/);
  t.same(await prompts(), []);
});
