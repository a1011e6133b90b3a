import { test } from "tap";
import type { Test } from "tap";
import type { SessionMessage } from "../../src/opencode/client.ts";
import { OpencodeRefused, OpencodeUnreachable } from "../../src/opencode/errors.ts";
import { shownCommand } from "../../src/opencode/shell-command.ts";
import { slashCommand } from "../../src/opencode/slash-commands.ts";
import { sendNow } from "../../src/prompts/queue.ts";
import { change, queuedTexts } from "../support/memory.ts";
import { reconciling } from "../support/reconciling.ts";
import { answer, giveSession, prompted } from "../support/session.ts";

/** What a command of the shell printed, as opencode stores it. */
function printed(id: string, output: string): SessionMessage[] {
  const note = { id: "prt_note", type: "text", text: "ran by the user", synthetic: true };
  const asked = { info: { id, role: "user", time: { created: 1 } }, parts: [note] };
  const state = { status: "completed", output };
  const info = {
    id: `${id}_a`,
    role: "assistant",
    parentID: id,
    time: { created: 1, completed: 2 },
  };
  return [asked, { info, parts: [{ type: "tool", tool: "bash", state }] }] as SessionMessage[];
}

/** Agent `site` before an opencode that runs what it is given. */
async function site(t: Test, env: Record<string, string> = { ALLOW_SHELL: "true" }) {
  const all = await reconciling(t, "api", env);
  const { app, controls, messages, did, store, prompts, agents } = all;
  await giveSession(agents, "site", "ses_1");
  t.intercept(controls, "commands", {
    value: async () => [
      slashCommand({ name: "greet", template: "Greet $ARGUMENTS" }),
      slashCommand({ name: "made", template: "!`make`" }),
    ],
  });
  controls.shell = async (_, { command, messageId = "" }) => {
    const shown = shownCommand(command);
    did.push(`ran ${shown}`);
    messages.push(...printed(messageId, `${shown} printed\n\n[exit 0]\n`));
    return "";
  };
  controls.runCommand = async (_, run) => {
    did.push(`ran /${run.command} ${run.arguments}`);
    messages.push(prompted(run.messageId ?? "", "greet"), answer({ text: "hello" }));
    return messages.at(-1)!;
  };
  /** As a process that died in an attempt leaves the next prompt. */
  const attempt = async () => {
    const prompt = (await prompts.head("site"))!;
    await prompts.attempt(prompt, { path: "api", sessionId: "ses_1" });
    return prompt.messageId;
  };
  const said = () => queuedTexts(store);
  return { ...all, app, attempt, said };
}

test("commands are run once, and what comes of them is sent", async (t) => {
  const { write, run, did, said, states } = await site(t);
  await write("! ls", "shell");
  await write("/greet the world", "command");
  for (let n = 0; n < 4; n += 1) await run();
  t.same(did, ["ran ls", "ran /greet the world"]);
  t.same(await said(), ["“ls” ended with exit code 0:\nls printed", "hello"]);
  t.same(await states(), ["done", "done"]);
});

test("after an attempt that was cut short opencode is asked first", async (t) => {
  const found = await site(t);
  await found.write("! ls", "shell");
  const id = await found.attempt();
  found.messages.push(prompted(id, ""));
  await found.run();
  t.same(found.did, [], "a message without parts is enough");
  t.same(await found.states(), ["running"]);
  await found.run();
  t.same(found.did, [], "nor is it run when nothing comes of it");
  t.match(await found.said(), [/^It is not known whether “ls” ran/]);

  const lost = await site(t);
  await lost.write("! ls", "shell");
  await lost.attempt();
  await lost.run();
  t.same(lost.did, []);
  t.match(await lost.said(), [/^It is not known whether “ls” ran/]);
  t.same(await lost.states(), ["failed"]);

  const shell = await site(t);
  await shell.write("/made", "command");
  await shell.attempt();
  await shell.run();
  t.same(shell.did, []);
  t.match(await shell.said(), [/^It is not known whether made ran/]);

  const harmless = await site(t);
  await harmless.write("/greet you", "command");
  await harmless.attempt();
  await harmless.run();
  t.same(harmless.did, ["ran /greet you"], "nothing can have happened that leaves no message");
});

test("one that was tried in another session is not run in this one", async (t) => {
  const { write, run, attempt, agents, did, said } = await site(t);
  await write("! ls", "shell");
  await attempt();
  await giveSession(agents, "site", "ses_2");
  await run();
  t.same(did, []);
  t.match(await said(), [/^It is not known whether “ls” ran/]);
});

test("what opencode refuses waits where it is busy, and is told otherwise", async (t) => {
  const { write, run, controls, did, said, states } = await site(t);
  const { shell } = controls;
  controls.shell = async () => {
    throw new OpencodeRefused("POST /shell", 409);
  };
  await write("! ls", "shell");
  await run();
  t.same(await states(), ["queued"]);
  controls.shell = shell;
  await run();
  t.same(did, ["ran ls"]);
  await run();
  controls.shell = async () => {
    throw new OpencodeRefused("POST /shell", 500);
  };
  await write("! date", "shell");
  await run();
  t.match((await said()).at(-1), /^Not sent: opencode refused “date”/);
  t.same(await states(), ["done", "failed"]);

  const cut = await site(t);
  cut.controls.shell = async () => {
    throw new OpencodeUnreachable("POST /shell");
  };
  await cut.write("! ls", "shell");
  await t.rejects(cut.run(), OpencodeUnreachable);
  t.same(await cut.states(), ["delivering"], "it is looked for when opencode is back");
});

test("a command is looked at again before it is delivered", async (t) => {
  const { write, run, did, said } = await site(t, { ALLOW_SHELL: "false" });
  const written = [
    ["/gone", "command", /^Not sent: opencode has no command gone;/],
    ["/made", "command", /^Not sent: made runs a shell command, and shell is off;/],
    ["/greet !`id`", "command", /^Not sent: greet runs a shell command/],
    ["! id", "shell", /^Not sent: “id” runs a shell command/],
  ] as const;
  for (const [text, kind, words] of written) {
    await write(text, kind);
    await run();
    t.match((await said()).at(-1), words);
  }
  t.same(did, []);
});

test("a command joins no turn that runs, and no prompt a command of the shell", async (t) => {
  const { write, run, did, sessions, prompts, store } = await site(t);
  await write("work");
  await run();
  sessions.now = { ...sessions.now, busy: true };
  await write("! ls", "shell");
  const next = async () => (await prompts.lane("site")).waiting[0]!.id;
  const id = await next();
  t.match(await store.write((transaction) => sendNow(transaction, id)), { kind: "next" });
  await run();
  t.same(did, ["posted work"]);

  const other = await site(t);
  await other.write("! ls", "shell");
  await other.run();
  other.sessions.now = { ...other.sessions.now, busy: true };
  await other.write("and this");
  const second = (await other.prompts.lane("site")).waiting[0]!.id;
  t.match(await other.store.write((transaction) => sendNow(transaction, second)), { kind: "next" });
});

test("a command of the shell that takes too long is stopped, and says so", async (t) => {
  const { write, run, did, sessions, controls, messages, opencode, said, store } = await site(t, {
    ALLOW_SHELL: "true",
    SHELL_SECONDS: "1",
  });
  controls.shell = async (_, { messageId = "" }) => {
    messages.push(
      ...printed(messageId, "began\n\n<metadata>\nUser aborted the command\n</metadata>"),
    );
    messages.at(-1)!.info.time = { created: 1 };
    return "";
  };
  await write("! sleep 9", "shell");
  await run();
  sessions.now = { ...sessions.now, busy: true };
  const { againInMs = 0 } = await run();
  t.ok(againInMs > 0 && againInMs <= 1000, "it is looked at again when its time is over");
  t.same(did, []);
  await change(store, "UPDATE prompts SET attempted_at = attempted_at - 1001");
  opencode.abort = async () => {
    did.push("aborted");
    messages.at(-1)!.info.time = { created: 1, completed: 2 };
    sessions.now = { ...sessions.now, busy: false };
  };
  await run();
  t.same(did, ["aborted"]);
  await run();
  t.same(await said(), ["“sleep 9” was stopped after 1 s:\nbegan"]);
});
