import { once } from "node:events";
import { existsSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { test } from "tap";
import type { ModelAnswer, ModelRequest } from "../../../sandbox/model/server.ts";
import type { Stage } from "../../../sandbox/stage.ts";
import {
  botTexts,
  runs,
  settled,
  stackMissing,
  startStage,
  terminalReady,
} from "../../support/stage.ts";
import { gitFolder, inWorkspace, labels, operatorOf, timeoutMs } from "./operator.ts";

/**
 * `run …` runs a command and tells its output. `delegate as NAME` makes one file itself and lets a subagent
 * make another.
 */
function script({ prompt, toolResults }: ModelRequest): ModelAnswer {
  const [, who] = /^delegate as (\w+)$/.exec(prompt) ?? [];
  const [, subagent] = /^help (\w+)$/.exec(prompt) ?? [];
  if (subagent !== undefined) {
    return toolResults.length === 0 ? runs(`touch ${subagent}-helped.txt`) : { text: "helped" };
  }
  if (who !== undefined) {
    if (toolResults.length === 0) return runs(`touch ${who}-own.txt`);
    if (toolResults.length > 1) return { text: `done as ${who}` };
    const task = { subagent_type: "general", description: "help", prompt: `help ${who}` };
    return { tools: [{ name: "task", arguments: task }] };
  }
  if (!prompt.startsWith("run ")) return { text: `heard ${prompt}` };
  const [output] = toolResults;
  return output === undefined ? runs(prompt.slice(4)) : { text: `it says ${output}` };
}

function cards(stage: Stage): string[] {
  return botTexts(stage).filter((text) => text.startsWith("Card "));
}

test("agents are started and stopped from the chat", { skip: stackMissing() }, async (t) => {
  const permission = { bash: { "*": "allow", "touch *": "ask" } };
  const stage = await startStage(t, { permission, script });
  const { telegram } = stage;
  const { writes, presses, asks } = operatorOf(stage);
  const exists = (name: string) => existsSync(inWorkspace(stage, name));
  gitFolder(stage, "site");

  await t.test("an agent starts in a folder of the workspace, and only in one", async (t) => {
    const projects = await writes("/projects", /^Folders an agent can start in:/);
    t.match(projects.text, /\nsite( |$)/m);
    t.ok(labels(projects).includes("Start in site"));
    await writes("/start there nowhere", /^There is no such folder/);
    await writes("/start here site", /^here is starting in site/);
    const { text } = await writes("run pwd", /^it says /);
    t.ok(text.includes(inWorkspace(stage, "site")), text);
    await writes("/start here site", /^here is already running/);
  });

  await t.test("a branch gets a folder of its own", async (t) => {
    await writes("/start fix site --worktree fix-login", /^fix is starting in /);
    const { text } = await writes("run git branch --show-current; pwd", /^it says /);
    t.match(text, /fix-login/);
    const folder = text.split("\n").find((line) => line.startsWith("/")) ?? "";
    t.not(folder, inWorkspace(stage, "site"));
    await writes("/switch here", /^Connected to here/);
    const other = await writes("run git branch --show-current | cat", /^it says (?!fix)/);
    t.notMatch(other.text, /fix-login/, "the repository stays on its branch");
  });

  await t.test("what cannot be cloned is refused in one sentence", async () => {
    await writes("/clone file:///etc/repo.git", /^Not cloned: the address must begin with https/);
    await writes(
      "/clone https://host.invalid/me/shop.git",
      /^Not cloned: the host cannot be reached/,
    );
  });

  await t.test("a task that takes long says so at once, and then in that message", async (t) => {
    const held: Socket[] = [];
    const server = createServer((socket) => void held.push(socket));
    t.teardown(() => server.close());
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const progress = await writes(`/clone https://127.0.0.1:${port}/me/slow.git`, /^Cloning…$/);
    const failed = telegram.shown(({ edited, text }) => edited && text.startsWith("Not cloned"));
    for (const socket of held) socket.destroy();
    t.equal((await failed).message_id, progress.message_id);
    t.notOk(exists("slow"), "nothing is left of it");
  });

  await t.test(
    "an agent in YOLO asks nothing, nor do its subagents and its copies, until /new",
    async (t) => {
      await writes("/start_yolo free", /^free is starting in YOLO/);
      await writes("delegate as free", /done as free/);
      t.ok(exists("free-own.txt") && exists("free-helped.txt"));
      t.same(cards(stage), [], "no card appears");
      t.ok(
        stage.logLines.some(
          (line) => line.includes("allowed by YOLO") && line.includes("touch free-h"),
        ),
        "it is recorded",
      );
      await settled(stage);
      t.match((await writes("/status", /^Agent: /)).text, /^Agent: free \(YOLO: it never asks\)/);
      t.match((await writes("/list", /^▸ /m)).text, /^▸ free: .*YOLO$/m);

      await writes("/fork", /^Connected to free-2, a copy of free/);
      await writes("run touch copied.txt", /^it says /);
      t.ok(exists("copied.txt"));
      t.same(cards(stage), [], "the rules were set again in the copy");
      await settled(stage);

      await writes("/switch free", /^Connected to free/);
      await writes("/new", /^free begins a new session/);
      const card = await writes("run touch after.txt", /^Card .*touch after\.txt/s);
      t.match((await writes("/status", /^Agent: /)).text, /^Agent: free\n/);
      await presses(card, "Reject", /Rejected/);
      await settled(stage);
      t.notOk(exists("after.txt"));
    },
  );

  await t.test("a session that runs is freed by resuming it in YOLO", async (t) => {
    await writes("/start tame", /^tame is starting/);
    await writes("run touch tame.txt", /^Card .*touch tame\.txt/s);
    const started = stage.logLines.find((line) => /"agent":"tame".*"agent started"/.test(line));
    const { sessionId } = JSON.parse(started ?? "{}") as { sessionId: string };
    const before = cards(stage).length;
    const since = telegram.mark();
    await writes(`/resume_yolo ${sessionId}`, /^Connected to tame[^]*YOLO: it never asks/);
    await telegram.shown(({ text }) => text.startsWith("it says"), { since, timeoutMs });
    t.ok(exists("tame.txt"), "what waited was allowed");
    await settled(stage);
    await writes("run touch freed.txt", /^it says /);
    t.ok(exists("freed.txt"), "by its rule");
    t.equal(cards(stage).length, before, "nothing is asked any more");
    t.match((await writes("/status", /^Agent: /)).text, /^Agent: tame \(YOLO: it never asks\)/);
    const session = (await (await stage.opencode(`/session/${sessionId}`)).json()) as object;
    t.match(session, { permission: [{ permission: "*", action: "allow" }] });
    await settled(stage);
  });

  await t.test("another agent still asks, and so do its subagents", async (t) => {
    await writes("/switch default_agent", /^Connected to default_agent/);
    const since = telegram.mark();
    telegram.operatorSends({ text: "delegate as default" });
    for (const name of ["own", "helped"]) {
      const card = await telegram.shown(({ text }) => text.includes(`default-${name}.txt`), {
        since,
      });
      t.notOk(exists(`default-${name}.txt`), name);
      telegram.operatorPresses({ messageId: card.message_id, button: "Allow once" });
    }
    await telegram.shown(({ text }) => text.includes("done as default"));
    t.ok(exists("default-own.txt") && exists("default-helped.txt"));
    await settled(stage);
  });

  await t.test("a stopped agent continues with its memory, or begins without", async (t) => {
    await writes("/new", /^default_agent begins a new session/);
    await asks("the word is heron");
    await writes("/stop", /^default_agent stopped/);
    const question = await writes("/start", /Continue with its memory, or begin without/);
    await presses(question, "Continue", /^default_agent continues with its memory/);
    t.same((await asks("which word?")).prompts, ["the word is heron", "which word?"]);

    await writes("/stop default_agent", /^default_agent stopped/);
    const again = await writes("/start default_agent", /or begin without/);
    await presses(again, "Begin without memory", /^default_agent is starting/);
    t.same((await asks("which word now?")).prompts, ["which word now?"]);
  });

  await t.test("a message to a stopped agent is sent by a button, once", async (t) => {
    await writes("/stop", /^default_agent stopped/);
    const refused = await writes("are you there?", /^Not sent: default_agent is stopped/);
    telegram.operatorPresses({ messageId: refused.message_id, button: "Start and send" });
    await presses(refused, "Start and send", /^heard are you there\?/);
    await settled(stage);
    const told = stage.model.requests.filter(({ prompt }) => prompt === "are you there?");
    t.same(
      told.map(({ prompts }) => prompts),
      [["which word now?", "are you there?"]],
      "with its memory",
    );
  });

  await t.test("a menu offers what is used most", async (t) => {
    await terminalReady(stage);
    const menu = await writes(
      "/menu",
      /^You are talking to default_agent\. What do you want to do\?$/,
    );
    t.equal(labels(menu).length, 10);
    await presses(menu, "Status", /^Agent: default_agent/);
    await presses(menu, "Agents", /^▸ default_agent: /m);
    await presses(menu, "Screen", /^default_agent$/);
    await presses(menu, "Queue", /^No message waits for default_agent/);
    await presses(menu, "Stop the turn", /^default_agent is not working on any message/);
    await presses(menu, "What changed", /^The folder is not in git/);
    await presses(menu, "Model", /^Now: /);
    await presses(menu, "Mode", /^Now: build/);
    await presses(menu, "Past sessions", /^Sessions of opencode/);
    await presses(menu, "New session", /^default_agent begins a new session/);
  });
});
