import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import type { ChatMessage } from "../../sandbox/telegram/chats.ts";
import type { ModelAnswer, ModelRequest } from "../../sandbox/model/server.ts";
import type { Stage } from "../../sandbox/stage.ts";
import {
  begun,
  botTexts,
  killOpencode,
  runs,
  sent,
  settled,
  stackMissing,
  startStage,
  until,
} from "../support/stage.ts";

function script({ prompt, toolResults }: ModelRequest): ModelAnswer {
  if (toolResults.length > 0) return { text: `done with ${prompt}` };
  const [, command] = /^run (.*)$/s.exec(prompt) ?? [];
  return command === undefined ? { text: `answer to ${prompt}` } : runs(command);
}

function prepare(home: string): void {
  const put = (name: string, text: string) => {
    const dir = join(home, ".config", "opencode", "command");
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, `${name}.md`), text);
  };
  put("greet", "---\ndescription: Greets\n---\nGreet $ARGUMENTS");
  put("work", "run $ARGUMENTS");
  put("slow", "Slow: !`echo ran >> slow.txt; sleep 3; cat slow.txt`");
  put("made", "It is !`echo made >> made.txt; cat made.txt` now");
  put("hidden", "It is !$1`echo hidden >> hidden.txt; cat hidden.txt` now");
}

const limit = { ALLOW_SHELL: "true", SHELL_SECONDS: "6" };
const off = { ALLOW_SHELL: "false" };

/** What a test does in the chat, and sees of it and of the agent's folder. */
function tools(stage: Stage) {
  const file = (name: string) => join(stage.env["WORKSPACE_DIR"] ?? "", name);
  const lines = (name: string) =>
    existsSync(file(name)) ? readFileSync(file(name), "utf8").trim().split("\n").length : 0;
  const write = (text: string) => stage.telegram.operatorSends({ text });
  /** Writes and resolves to the message of the bot that answers. */
  const ask = (text: string, fits: (message: ChatMessage) => boolean) => {
    const since = stage.telegram.mark();
    write(text);
    return stage.telegram.shown(fits, { since });
  };
  const rests = async () => {
    await settled(stage);
    await sent(stage);
  };
  const appears = (name: string) => until(() => (existsSync(file(name)) ? true : undefined));
  /** Resolves once the operator's message is seen to be stored. */
  const isTaken = (text: string) =>
    stage.telegram.until(() =>
      stage.telegram.chat().find((one) => one.text === text && one.reactions.length > 0),
    );
  const codeOf = ({ text, entities }: ChatMessage) =>
    entities
      .filter(({ type }) => type === "pre")
      .map(({ offset, length }) => text.slice(offset, offset + length))
      .join("");
  return { file, lines, write, ask, rests, appears, isTaken, codeOf };
}

const about = (command: string) => (message: ChatMessage) => message.text.startsWith(`“${command}`);

test("commands and the shell on the real opencode", { skip: stackMissing() }, async (t) => {
  const stage = await startStage(t, { script, prepare, env: limit });
  const { file, lines, write, ask, rests, appears, isTaken, codeOf } = tools(stage);

  await t.test("a command runs once with its arguments, and its answer comes", async (t) => {
    await ask("/run greet the 'whole' world", ({ text }) => text.startsWith("answer to Greet"));
    await rests();
    t.same(botTexts(stage), ["answer to Greet the 'whole' world"]);
    t.equal(begun(stage, "Greet the 'whole' world"), 1);
    await ask("/run nope", ({ text }) => text.startsWith("Not sent: opencode has no command nope"));
  });

  await t.test("a button of /commands runs one, once", async (t) => {
    const list = await ask("/commands", ({ text }) => text.startsWith("opencode commands"));
    t.match(list.text, /^made \(runs a shell command\)/m);
    const since = stage.telegram.mark();
    const press = { messageId: list.message_id, button: "/greet" };
    stage.telegram.operatorPresses(press);
    stage.telegram.operatorPresses(press);
    await stage.telegram.shown(({ text }) => /^answer to Greet\s*$/.test(text), { since });
    await rests();
    t.equal(stage.model.requests.filter(({ prompt }) => prompt.trim() === "Greet").length, 1);
  });

  await t.test("a template that runs shell runs it once where shell is on", async (t) => {
    await ask("/run made", ({ text }) => text.startsWith("answer to It is made"));
    t.equal(lines("made.txt"), 1);
    await ask("/run hidden", ({ text }) => text.startsWith("answer to It is hidden"));
    t.equal(lines("hidden.txt"), 1, "opencode puts nothing between the mark and the command");
  });

  await t.test("the shell prints and tells the exit code", async (t) => {
    const fine = await ask("/sh echo 'a b' | awk '{print $2}'", about("echo 'a b'"));
    t.match(fine.text, /ended with exit code 0:\nb$/);
    t.equal(codeOf(fine), "b");
    const bad = await ask("! echo no >&2; exit 3", about("echo no"));
    t.match(bad.text, /ended with exit code 3:\nno$/);
    const quiet = await ask("! true", about("true"));
    t.equal(quiet.text, "“true” ended with exit code 0, and printed nothing.");
    const hidden = await ask("! printf 'a\\342\\200\\256b'", about("printf"));
    t.equal(codeOf(hidden), "a\\u{202e}b");
  });

  await t.test("long output is cut, and all of it comes as a file", async (t) => {
    const since = stage.telegram.mark();
    const cut = await ask("! seq 1 60000", about("seq 1 60000"));
    t.match(cut.text, /exit code 0; this is the end of its output/);
    t.match(codeOf(cut), /^….*60000$/s);
    const whole = await stage.telegram.shown((one) => one.file !== undefined, { since });
    t.equal(whole.file?.name, "output.txt");
    const printed = whole.file?.bytes.toString().trim().split("\n") ?? [];
    t.equal(printed.length, 60_000);
    t.equal(printed[0], "1");
  });

  await t.test("endless output stops neither opencode nor the time limit", async (t) => {
    const since = stage.telegram.mark();
    const endless = await ask("! yes", about("yes"));
    t.match(
      endless.text,
      /” was stopped after 6 s; it printed more than 1 MB, and the first of it/,
    );
    const whole = await stage.telegram.shown((one) => one.file !== undefined, { since });
    t.equal(whole.file?.bytes.length, 1_000_000);
  });

  await t.test(
    "what a command leaves running is waited for, unless its output goes elsewhere",
    async (t) => {
      const began = Date.now();
      await ask("! sleep 4 > /dev/null 2>&1 & echo quick", about("sleep 4"));
      t.ok(Date.now() - began < 3900);
      await ask("! sleep 4 & echo slow", about("sleep 4 & echo slow"));
      t.ok(Date.now() - began > 4000);
    },
  );

  await t.test("an abort in the middle sends what was printed", async (t) => {
    const since = stage.telegram.mark();
    write("! echo began; touch began; sleep 60");
    await appears("began");
    write("/abort");
    const stopped = await stage.telegram.shown(about("echo began"), { since });
    t.match(stopped.text, /” was stopped:\nbegan$/);
  });

  await t.test("one that takes too long is stopped", async (t) => {
    const late = await ask("! echo late; sleep 60", about("echo late"));
    t.match(late.text, /” was stopped after 6 s:\nlate$/);
  });

  await t.test("both wait behind the turn that runs, in their order", async (t) => {
    const since = stage.telegram.mark();
    write("run touch busy; until [ -e go ]; do sleep 0.1; done");
    await appears("busy");
    write("! echo shell >> order.txt");
    await isTaken("! echo shell >> order.txt");
    write("/run work echo command >> order.txt");
    await isTaken("/run work echo command >> order.txt");
    const queue = await ask("/queue", ({ text }) => text.includes("2 messages wait"));
    t.match(queue.text, /1\. ! echo shell >> order\.txt\n2\. \/work echo command >> order\.txt/);
    stage.telegram.operatorPresses({ messageId: queue.message_id, button: "Send 1 now" });
    t.notOk(existsSync(file("order.txt")));
    writeFileSync(file("go"), "");
    await stage.telegram.shown(({ text }) => text.startsWith("done with run echo command"), {
      since,
    });
    t.equal(readFileSync(file("order.txt"), "utf8"), "shell\ncommand\n");
  });

  for (const point of ["after post", "before delivered", "turn running"]) {
    await t.test(`a kill at “${point}” runs nothing a second time`, async (t) => {
      const name = point.replaceAll(" ", "-");
      for (const kind of ["! ", "/run work "]) {
        const count = `${name}-${kind.length}.txt`;
        await rests();
        await stage.stop();
        await stage.start({ SWITCHBOARD_CRASH_AT: point });
        const since = stage.telegram.mark();
        write(`${kind}echo ran >> ${count}; sleep 1`);
        t.equal(await stage.ended(), "SIGKILL");
        await stage.start();
        const isAnswer = ({ text }: ChatMessage) => text.includes(`echo ran >> ${count}`);
        await stage.telegram.shown(isAnswer, { since });
        await rests();
        t.equal(lines(count), 1, kind);
        t.equal(botTexts(stage).filter((text) => text.includes(count)).length, 1, kind);
      }
    });
  }

  await t.test("a kill in the middle runs nothing a second time", async (t) => {
    for (const kind of ["! ", "/run work "]) {
      const count = `middle-${kind.length}.txt`;
      const since = stage.telegram.mark();
      write(`${kind}echo ran >> ${count}; sleep 3; echo ended`);
      await appears(count);
      await stage.stop("SIGKILL");
      await stage.start();
      await stage.telegram.shown(({ text }) => text.includes(count), { since });
      await rests();
      t.equal(lines(count), 1, kind);
      t.equal(botTexts(stage).filter((text) => text.includes(count)).length, 1, kind);
    }
  });

  await t.test("a kill while a template runs its shell runs nothing a second time", async (t) => {
    const since = stage.telegram.mark();
    write("/run slow");
    await appears("slow.txt");
    await stage.stop("SIGKILL");
    await stage.start();
    await stage.telegram.shown(({ text }) => text.startsWith("answer to Slow: ran"), { since });
    await rests();
    t.equal(lines("slow.txt"), 1);
  });

  await t.test(
    "when opencode dies in the middle nothing runs again, and that is told",
    async (t) => {
      const since = stage.telegram.mark();
      write("! echo ran >> dies.txt; sleep 60");
      await appears("dies.txt");
      await killOpencode(stage);
      const told = await stage.telegram.shown(({ text }) => text.includes("echo ran >> dies.txt"), {
        since,
        timeoutMs: 60_000,
      });
      t.match(told.text, /^opencode ended while “echo ran >> dies\.txt; sleep 60” ran; check/);
      await rests();
      t.equal(lines("dies.txt"), 1);
      await ask("hello", ({ text }) => text === "answer to hello");
    },
  );

  await t.test("where shell is off nothing of it runs", async (t) => {
    await rests();
    await stage.stop();
    await stage.start(off);
    const isOff = ({ text }: ChatMessage) => /^Not sent: .*shell is off; set ALLOW/.test(text);
    await ask("! touch off", isOff);
    await ask("/sh touch off", isOff);
    await ask("/run made", isOff);
    await ask("/run hidden", isOff);
    await ask("/run greet !`touch off`", isOff);
    await ask("/run greet again", ({ text }) => text === "answer to Greet again");
    t.notOk(existsSync(file("off")));
    t.equal(lines("made.txt"), 1);
  });
});
