import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "tap";
import {
  botTexts,
  opencodeClient,
  paths,
  runs,
  sending,
  sent,
  settled,
  stackMissing,
  startStage,
  until,
} from "../../support/stage.ts";

const group = -100;

test("where the answer goes, on the real opencode", { skip: stackMissing() }, async (t) => {
  const stage = await startStage(t, {
    permission: { bash: { "*": "allow", "touch asked*": "ask" } },
    env: {
      TELEGRAM_ALLOWED_CHAT_ID: `1000,${group}`,
      TELEGRAM_ALLOWED_USER_ID: "1000",
      OPENCODE_EXPERIMENTAL_BACKGROUND_SUBAGENTS: "true",
    },
  });
  const { telegram, model } = stage;
  const client = opencodeClient(stage);
  /** Sends a prompt; resolves to what the bot said until everything rests, at least so many texts. */
  const ask = async (text: string, count = 1) => {
    const before = botTexts(stage).length;
    telegram.operatorSends({ text });
    await until(() => (botTexts(stage).length >= before + count ? true : undefined));
    await settled(stage);
    await sent(stage);
    return botTexts(stage).slice(before);
  };

  const saidIn = (chatId: number) =>
    telegram.chat(chatId).flatMap(({ from, text }) => (from === "bot" ? text : []));
  const workspace = stage.env["WORKSPACE_DIR"] ?? "";
  /** A shell command that goes on once file `name` is there. */
  const waiting = (name: string) => `while [ ! -e ${name} ]; do sleep 0.05; done`;
  const release = (name: string) => writeFileSync(join(workspace, name), "");

  await t.test(
    "6. a job speaks in the chat that started it, during and after another's turn",
    async (t) => {
      const held = Promise.withResolvers<void>();
      model.script = async ({ prompt, toolResults }) => {
        if (prompt === "begin the job" && toolResults.length === 0) {
          const job = (name: string) => `${waiting(name)}; send-telegram "job: ${name}"`;
          return runs(`(${job("during")}; ${job("after")}) >/dev/null 2>&1 &`);
        }
        if (prompt !== "from the group") return { text: "The job runs." };
        if (toolResults.length > 0) return { text: "done here", hold: held.promise };
        return { tools: [{ name: "send_telegram", arguments: { text: "hello group" } }] };
      };
      await ask("begin the job");
      telegram.operatorSends({ text: "from the group", chatId: group });
      await telegram.shown(({ text, chat_id }) => text === "hello group" && chat_id === group);
      release("during");
      await telegram.shown(({ text, chat_id }) => text === "job: during" && chat_id === 1000);
      held.resolve();
      await settled(stage);
      release("after");
      await telegram.shown(({ text, chat_id }) => text === "job: after" && chat_id === 1000);
      await sent(stage);
      t.same(saidIn(group), ["hello group"]);
    },
  );

  await t.test(
    "6. a subagent speaks and asks in the chat of its turn, also when it outlives it",
    async (t) => {
      const task = { subagent_type: "general", description: "look", background: true };
      model.script = ({ prompt, toolResults }) => {
        if (prompt === "send somebody" && toolResults.length === 0) {
          return { tools: [{ name: "task", arguments: { ...task, prompt: "look around" } }] };
        }
        if (prompt !== "look around") return { text: `answer to ${prompt.slice(0, 14)}` };
        const steps = [waiting("go"), "touch asked", sending("the subagent is done")];
        const command = steps[toolResults.length];
        return command === undefined ? { text: "looked" } : runs(command);
      };
      await ask("send somebody");
      telegram.operatorSends({ text: "meanwhile", chatId: group });
      await telegram.shown(({ text }) => text === "answer to meanwhile");
      release("go");
      const card = await telegram.shown(({ text }) => text.includes("touch asked"));
      t.equal(card.chat_id, 1000);
      telegram.operatorPresses({ messageId: card.message_id, button: "Allow once" });
      const done = await telegram.shown(({ text }) => text === "the subagent is done");
      t.equal(done.chat_id, 1000);
      // Its result begins another turn, whose text belongs to the same chat.
      const report = await telegram.shown(({ text }) => text.includes("answer to <task"));
      t.match(report, { chat_id: 1000, text: /^❖ default_agent \(not asked from here\):/ });
    },
  );

  await t.test("13. a turn aborted while the model is overloaded was stopped", async (t) => {
    model.script = () => ({ fail: 503 });
    const directory = stage.env["WORKSPACE_DIR"] ?? "";
    const answered = ask("overloaded");
    const sessionId = await until(async () => {
      const statuses = await client.statuses(directory);
      return Object.entries(statuses).find(([, { type }]) => type === "retry")?.[0];
    });
    await client.abort(sessionId, directory);
    t.same(await answered, ["Turn stopped."]);
  });

  await t.test("8. an answer in a step with a tool, and nothing after it, is sent", async (t) => {
    model.script = ({ toolResults }) =>
      toolResults.length > 0 ? { text: "" } : { text: "This is the answer.", ...runs("true") };
    t.same(await ask("answer, then look"), ["This is the answer."]);
  });

  await t.test("8. an answer that was cut at the output limit says so", async (t) => {
    model.script = () => ({ text: "The first half", finish: "length" });
    t.match(await ask("write a book"), [
      /^The first half\n\nThe answer was cut at the model's output/,
    ]);
  });

  await t.test("10. an answer in which nobody sees anything is no answer", async (t) => {
    model.script = () => ({ text: "\u200b\u2800\u3164" });
    t.same(await ask("say nothing"), [
      "default_agent finished without an answer; /screen shows its terminal.",
    ]);
  });

  await t.test("7. a word on progress does not replace the answer", async (t) => {
    const steps = [sending("3 of 9 files"), "true"];
    model.script = ({ toolResults }) => {
      const command = steps[toolResults.length];
      return command === undefined ? { text: "All 9 files are done." } : runs(command);
    };
    t.same(await ask("do all files", 2), ["3 of 9 files", "All 9 files are done."]);
  });

  await t.test("7. a reply after the last work is the answer", async (t) => {
    const steps = ["true", sending("All is done.")];
    model.script = ({ toolResults }) => {
      const command = steps[toolResults.length];
      return command === undefined ? { text: "I have told you." } : runs(command);
    };
    t.same(await ask("do it and tell me"), ["All is done."]);
  });

  await t.test(
    "11. a prompt that is posted runs as the agent that the terminal shows",
    async (t) => {
      model.script = () => ({ text: "ok" });
      const shown = () => stage.tmux("capture-pane", "-p", "-t", "=default_agent:");
      await stage.tmux("send-keys", "-t", "=default_agent:", "Tab");
      await until(async () => ((await shown()).includes("Plan ·") ? true : undefined));
      // A text that begins so is never typed.
      await ask("!look at the files");
      t.equal(paths(stage).at(-1), "api");
      const database = new DatabaseSync(join(stage.env["DATA_DIR"] ?? "", "switchboard.sqlite"));
      const row = database
        .prepare("SELECT session_id, message_id FROM prompts ORDER BY id DESC")
        .get();
      database.close();
      const message = await client.message(
        String(row?.["session_id"]),
        String(row?.["message_id"]),
      );
      t.match(message?.info, { agent: "plan", model: { providerID: "stub", modelID: "stub" } });
    },
  );
});
