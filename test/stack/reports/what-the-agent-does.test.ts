import { test } from "tap";
import {
  opencodeClient,
  paths,
  runs,
  sending,
  settled,
  shell,
  stackMissing,
  startStage,
  until,
} from "../../support/stage.ts";

test("what the agent does, on the real opencode", { skip: stackMissing() }, async (t) => {
  const stage = await startStage(t, {
    permission: { bash: { "*": "allow", "touch *": "ask" }, webfetch: "ask" },
    env: { OPENCODE_EXPERIMENTAL_BACKGROUND_SUBAGENTS: "true" },
  });
  const { telegram, model } = stage;
  const client = opencodeClient(stage);
  const directory = stage.env["WORKSPACE_DIR"] ?? "";
  const isQuiet = async () =>
    Object.keys(await client.statuses(directory)).length === 0 ? true : undefined;
  const messageOf = (id: number) =>
    telegram.chat().find(({ message_id }) => message_id === id)?.text ?? "";

  await t.test(
    "12. what a subagent asks while its root rests has a card that stays open",
    async (t) => {
      const task = { subagent_type: "general", description: "look", background: true };
      model.script = ({ prompt, toolResults }) => {
        if (prompt === "send somebody" && toolResults.length === 0) {
          return { tools: [{ name: "task", arguments: { ...task, prompt: "look around" } }] };
        }
        if (prompt !== "look around") return { text: "Somebody looks." };
        const command = ["sleep 1; true", "touch asked", sending("looked")][toolResults.length];
        return command === undefined ? { text: "found it" } : runs(command);
      };
      telegram.operatorSends({ text: "send somebody" });
      await telegram.shown(({ text }) => text === "Somebody looks.");
      await settled(stage);
      const card = await telegram.shown(({ text }) => text.includes("touch asked"));
      telegram.operatorSends({ text: "/status" });
      await telegram.shown(({ text }) => text.includes("State: waiting for your decision"));
      t.notMatch(messageOf(card.message_id), /no longer waiting|has ended/);
      telegram.operatorPresses({ messageId: card.message_id, button: "Allow once" });
      await telegram.shown(({ text }) => text === "looked");
      await model.seen(({ prompt }) => /^<task [^]*found it/.test(prompt));
      await until(isQuiet);
    },
  );

  await t.test(
    "12. what an aborted turn has asked is rejected, and nothing is held by it",
    async (t) => {
      model.script = shell("touch aborted", "done");
      telegram.operatorSends({ text: "make it" });
      const card = await telegram.shown(({ text }) => text.includes("touch aborted"));
      const [sessionId = ""] = Object.keys(await client.statuses(directory));
      await client.abort(sessionId, directory);
      await until(async () =>
        (await client.permissions(directory)).length === 0 ? true : undefined,
      );
      await settled(stage);
      await until(() => (/The turn has ended/.test(messageOf(card.message_id)) ? true : undefined));
      await telegram.shown(({ text }) => /Turn stopped\./.test(text));
      model.script = ({ prompt }) => ({ text: `answer to ${prompt}` });
      telegram.operatorSends({ text: "and now" });
      await telegram.shown(({ text }) => text === "answer to and now");
      await settled(stage);
      t.equal(paths(stage).at(-1), "tmux");
    },
  );

  await t.test(
    "12. what was asked and aborted while the bridge was down is rejected too",
    async (t) => {
      const held = Promise.withResolvers<void>();
      const script = shell("touch unseen", "done");
      model.script = async (request) => {
        await held.promise;
        return script(request);
      };
      telegram.operatorSends({ text: "make another" });
      await model.seen(({ prompt }) => prompt === "make another");
      await stage.stop("SIGKILL");
      held.resolve();
      const [request] = await until(async () => {
        const listed = await client.permissions(directory);
        return listed.length > 0 ? listed : undefined;
      });
      await client.abort(request?.sessionID ?? "", directory);
      await stage.start();
      await settled(stage);
      model.script = ({ prompt }) => ({ text: `answer to ${prompt}` });
      for (const text of ["one", "two"]) {
        telegram.operatorSends({ text });
        await telegram.shown((message) => message.text === `answer to ${text}`);
        await settled(stage);
      }
      t.same(await client.permissions(directory), []);
      t.equal(paths(stage).at(-1), "tmux", "typed again");
    },
  );

  await t.test(
    "12. a page to fetch, without a time limit, does not hide what is asked",
    async () => {
      const page = { url: "http://127.0.0.1:9/page", format: "text" };
      model.script = ({ toolResults }) =>
        toolResults.length > 0
          ? { text: "not fetched" }
          : { tools: [{ name: "webfetch", arguments: page }] };
      telegram.operatorSends({ text: "fetch it" });
      const card = await telegram.shown(({ text }) => text.includes("127.0.0.1:9/page"));
      telegram.operatorPresses({ messageId: card.message_id, button: "Reject" });
      await until(() => (/Rejected/.test(messageOf(card.message_id)) ? true : undefined));
      await settled(stage);
    },
  );

  await t.test("14. a question without an answer to choose can be dismissed", async (t) => {
    const questions = [{ question: "Which?", header: "Choice", options: [] }];
    model.script = ({ toolResults }) =>
      toolResults.length > 0
        ? { text: "Then I go on." }
        : { tools: [{ name: "question", arguments: { questions } }] };
    telegram.operatorSends({ text: "ask me" });
    const card = await telegram.shown(({ text }) => text.includes("Which?"));
    telegram.operatorPresses({ messageId: card.message_id, button: "Dismiss" });
    await settled(stage);
    await until(() => (/Dismissed/.test(messageOf(card.message_id)) ? true : undefined));
    t.same(await client.questions(directory), []);
  });
});
