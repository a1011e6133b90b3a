import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import type { ModelAnswer, ModelRequest } from "../../../sandbox/model/server.ts";
import type { ChatMessage } from "../../../sandbox/telegram/chats.ts";
import { runs, settled, stackMissing, startStage } from "../../support/stage.ts";
import { settings } from "../controls/stage.ts";
import { gitFolder, labels, operatorOf, plainFolder } from "./operator.ts";

const todos = [
  { content: "Paint it", status: "in_progress", priority: "high" },
  { content: "Sell it", status: "pending", priority: "low" },
];

/** `run …` runs a command; `plan` makes a list. */
function script({ prompt, toolResults }: ModelRequest): ModelAnswer {
  if (toolResults.length > 0) return { text: `done with ${prompt}` };
  if (prompt.startsWith("run ")) return runs(prompt.slice(4));
  if (prompt === "plan") return { tools: [{ name: "todowrite", arguments: { todos } }] };
  return { text: `heard ${prompt.slice(0, 40)}` };
}

test("what an agent did is seen and undone in the chat", { skip: stackMissing() }, async (t) => {
  const stage = await startStage(t, { script, prepare: settings });
  const { telegram } = stage;
  const { writes, presses, asks } = operatorOf(stage);
  const repo = gitFolder(stage, "repo");
  const plain = plainFolder(stage, "plain");
  const kept = () => readFileSync(join(repo, "kept.txt"), "utf8");

  /** The documents that come with what is done. */
  async function documents(count: number, act: () => Promise<ChatMessage>): Promise<ChatMessage[]> {
    const before = new Set(telegram.chat().map(({ message_id }) => message_id));
    await act();
    return telegram.until(() => {
      const files = telegram
        .chat()
        .filter(({ message_id, file }) => file && !before.has(message_id));
      return files.length >= count ? files : undefined;
    });
  }

  await t.test("in git an undo takes files back, step by step, and a redo too", async (t) => {
    await writes("/start coder repo", /^coder is starting in repo/);
    await asks("run echo two >> kept.txt");
    await asks("run echo three >> kept.txt; echo new > new.txt");
    t.equal(kept(), "one\ntwo\nthree\n");
    await writes("/undo", /^Undone: “run echo three/);
    t.equal(kept(), "one\ntwo\n");
    t.notOk(existsSync(join(repo, "new.txt")));
    await writes("/undo", /^Undone: “run echo two/);
    t.equal(kept(), "one\n");
    const allUndone = await writes(
      "/undo",
      /^There is nothing to undo: all of this session is undone/,
    );
    t.same(labels(allUndone), ["Redo"]);
    await writes("/redo", /^Redone\.$/);
    t.equal(kept(), "one\ntwo\n");
    await writes("/redo", /^Redone\.$/);
    t.equal(kept(), "one\ntwo\nthree\n");
    await writes("/redo", /^There is nothing to redo/);
    await writes("/undo", /^Undone/);
    t.same((await asks("go on")).prompts, ["run echo two >> kept.txt", "go on"]);
    await writes("/redo", /^There is nothing to redo/);
  });

  await t.test("the difference is a text while it is short, else a document", async (t) => {
    const short = await writes("/diff", /^1 file changed:/);
    t.match(short.text, /^kept\.txt {2}\+1 −0$/m);
    t.match(short.text, /^\+two$/m);
    t.match(short.entities, [{ type: "pre" }]);
    await asks("run mkdir -p src; seq 3000 > src/many.txt");
    const [file, ...more] = await documents(1, () => writes("/diff", /^2 files changed:/));
    t.same([file?.file?.name, more], ["coder.diff", []]);
    const patch = file?.file?.bytes.toString() ?? "";
    t.match(patch, /^\+two$/m);
    t.match(patch, /^\+3000$/m);
    const one = await writes("/diff kept.txt", /^1 file changed:/);
    t.notMatch(one.text, "many.txt");
    await writes("/diff nosuch.txt", /^Nothing has changed in a file named “nosuch\.txt”/);
  });

  await t.test("the session's own changes are told apart from those of others", async (t) => {
    await asks("run echo mine > mine.txt");
    writeFileSync(join(repo, "theirs.txt"), "theirs\n");
    const all = await writes("/diff theirs.txt", /^1 file changed:/);
    t.match(all.text, /^\+theirs$/m);
    const files = await documents(1, () => writes("/diff session", /files changed:/));
    const patch = files[0]?.file?.bytes.toString() ?? "";
    t.match(patch, /^\+mine$/m);
    t.notMatch(patch, "theirs");
  });

  await t.test("its to-do list, its cost and its context are told", async (t) => {
    await writes("/todo", /^The agent has no to-do list/);
    await asks("plan");
    const list = await writes("/todo", /^To do:/);
    t.equal(list.text, "To do:\n▸ Paint it\n☐ Sell it");
    const cost = await writes("/cost", /^Last turn: \$0\.0000, [\d,]+ tokens$/m);
    t.match(cost.text, /^This session: \$0\.0000, [\d,]+ tokens$/m);
    t.match(cost.text, /^· stub\/stub: /m);
    await writes("/context", /^[1-9][\d,]* of 200,000 tokens of its context are used/);
  });

  await t.test("the session is sent as two documents", async (t) => {
    const files = await documents(2, () => writes("/export", /as Markdown and as JSON\.$/));
    t.same(
      files.map(({ file }) => file?.name),
      ["coder.md", "coder.json"],
    );
    const [said, all] = files.map(({ file }) => file?.bytes.toString() ?? "");
    t.match(said, /^## Operator, \d{4}-\d\d-\d\d \d\d:\d\d UTC\n\nrun echo two >> kept\.txt$/m);
    t.match(said, /^done with plan$/m);
    t.notMatch(said, "run echo three", "it was undone");
    const { info, messages } = JSON.parse(all ?? "") as {
      info: { directory: string };
      messages: { info: { role: string } }[];
    };
    t.equal(info.directory, repo);
    t.equal(messages.filter((message) => message.info.role === "user").length, 5);
  });

  await t.test("what was said is shown in pages, the newest first", async (t) => {
    for (const letter of ["a", "b", "c"]) await asks(letter.repeat(2_000));
    const newest = await writes("/transcript", /Page (\d) of \1$/);
    t.match(newest.text, /ccc/);
    t.same(labels(newest), ["‹ Back"]);
    const before = await presses(newest, "‹ Back", /Page 2 of 3$/);
    t.equal(before.message_id, newest.message_id);
    t.same(labels(before), ["‹ Back", "More ›"]);
    const first = await writes("/transcript 1", /Page 1 of 3$/);
    t.match(first.text, /run echo two/);
  });

  await t.test("a session that is summed up goes on from its summary", async (t) => {
    await writes("/compact", /^coder has summarised its session/);
    const { prompts } = await asks("after the summary");
    t.notOk(prompts.includes("run echo two >> kept.txt"), "what went before is not sent again");
    const { text } = await writes("/transcript", /Page \d of \d$/);
    t.match(text, /Everything before this was summarised here/);
  });

  await t.test("without a network nothing is published", async () => {
    await writes("/share", /^Not shared: /);
  });

  await t.test("outside git only messages come back, which is said", async (t) => {
    await writes("/start writer plain", /^writer is starting in plain/);
    await asks("run echo text > text.txt");
    await writes("/undo", /^Undone: “run echo text.*”\. Only messages were undone/);
    t.ok(existsSync(join(plain, "text.txt")));
    await writes("/redo", /^Redone\. Only messages were redone/);
    await writes("/undo", /Only messages were undone/);
    t.same((await asks("afresh")).prompts, ["afresh"]);
    await writes("/diff", /^The folder is not in git/);
    await settled(stage);
  });
});
