import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import type { ModelAnswer, ModelRequest } from "../../sandbox/model/server.ts";
import { useConversation } from "../../src/agents/conversations.ts";
import { conversation } from "../../src/chat/conversation.ts";
import { between } from "../support/between.ts";
import { botTexts, runs, settled, stackMissing, startStage, until } from "../support/stage.ts";

const operator = conversation(1000);

/** The agent makes one file itself and lets a subagent make another. */
function delegating({ prompt, toolResults }: ModelRequest): ModelAnswer {
  const [, who = ""] = /^delegate as (\w+)$/.exec(prompt) ?? [];
  const [, subagent = ""] = /^help (\w+)$/.exec(prompt) ?? [];
  if (subagent && toolResults.length === 0) return runs(`touch ${subagent}-helped.txt`);
  if (subagent) return { text: "helped" };
  if (toolResults.length === 0) return runs(`touch ${who}-own.txt`);
  if (toolResults.length > 1) return { text: `done as ${who}` };
  const task = { subagent_type: "general", description: "help", prompt: `help ${who}` };
  return { tools: [{ name: "task", arguments: task }] };
}

test(
  "an agent in YOLO mode asks nothing, nor do its subagents, and another agent still asks",
  { skip: stackMissing() },
  async (t) => {
    const permission = { bash: { "*": "allow", "touch *": "ask" } };
    const stage = await startStage(t, { permission, script: delegating });
    const { telegram } = stage;
    const exists = (name: string) => existsSync(join(stage.env["WORKSPACE_DIR"] ?? "", name));
    await between(stage, async (transaction, lifecycle) => {
      await lifecycle.start(transaction, "free", { yolo: true });
      await useConversation(transaction, operator, "free");
    });
    telegram.operatorSends({ text: "delegate as free" });
    await telegram.shown(({ text }) => text.includes("done as free"));
    t.ok(exists("free-own.txt") && exists("free-helped.txt"));
    const isCard = (text: string) => text.includes("touch ");
    t.same(botTexts(stage).filter(isCard), [], "no card appears");
    t.ok(
      stage.logLines.some(
        (line) => line.includes("allowed by YOLO") && line.includes("touch free-h"),
      ),
      "it is recorded",
    );
    await settled(stage);

    telegram.operatorSends({ text: "/switch default_agent" });
    await until(() => botTexts(stage).find((text) => text.includes("default_agent")));
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
  },
);
