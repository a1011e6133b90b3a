import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "tap";
import { OpencodeClient } from "../../src/opencode/client.ts";
import {
  botTexts,
  paths,
  runs,
  sending,
  sent,
  settled,
  stackMissing,
  startStage,
  until,
} from "../support/stage.ts";

test("how turns end on the real opencode", { skip: stackMissing() }, async (t) => {
  const stage = await startStage(t);
  const { telegram, model } = stage;
  const client = new OpencodeClient({
    url: stage.env["OPENCODE_API_URL"] ?? "",
    username: "opencode",
    password: undefined,
  });
  /** Sends a prompt; resolves to what the bot said until everything rests, at least so many texts. */
  const ask = async (text: string, count = 1) => {
    const before = botTexts(stage).length;
    telegram.operatorSends({ text });
    await until(() => (botTexts(stage).length >= before + count ? true : undefined));
    await settled(stage);
    await sent(stage);
    return botTexts(stage).slice(before);
  };

  await t.test("a turn aborted while the model is overloaded was stopped", async (t) => {
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

  await t.test("an answer in a step with a tool, and nothing after it, is sent", async (t) => {
    model.script = ({ toolResults }) =>
      toolResults.length > 0 ? { text: "" } : { text: "This is the answer.", ...runs("true") };
    t.same(await ask("answer, then look"), ["This is the answer."]);
  });

  await t.test("an answer that was cut at the output limit says so", async (t) => {
    model.script = () => ({ text: "The first half", finish: "length" });
    t.match(await ask("write a book"), [
      /^The first half\n\nThe answer was cut at the model's output/,
    ]);
  });

  await t.test("an answer in which nobody sees anything is no answer", async (t) => {
    model.script = () => ({ text: "\u200b\u2800\u3164" });
    t.same(await ask("say nothing"), ["default_agent finished without a word."]);
  });

  await t.test("a word on progress does not replace the answer", async (t) => {
    const steps = [sending("3 of 9 files"), "true"];
    model.script = ({ toolResults }) => {
      const command = steps[toolResults.length];
      return command === undefined ? { text: "All 9 files are done." } : runs(command);
    };
    t.same(await ask("do all files", 2), ["3 of 9 files", "All 9 files are done."]);
  });

  await t.test("a reply after the last work is the answer", async (t) => {
    const steps = ["true", sending("All is done.")];
    model.script = ({ toolResults }) => {
      const command = steps[toolResults.length];
      return command === undefined ? { text: "I have told you." } : runs(command);
    };
    t.same(await ask("do it and tell me"), ["All is done."]);
  });

  await t.test("a prompt that is posted runs as the agent that the terminal shows", async (t) => {
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
    const message = await client.message(String(row?.["session_id"]), String(row?.["message_id"]));
    t.match(message?.info, { agent: "plan", model: { providerID: "stub", modelID: "stub" } });
  });
});
