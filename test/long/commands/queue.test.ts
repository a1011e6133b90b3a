import { test } from "tap";
import { begun, opencodeClient, stackMissing, startStage, until } from "../../support/stage.ts";
import { script, queueOf, answersTo, messagesOf } from "../../support/stage-queue.ts";
import { labels, operatorOf } from "./operator.ts";

test("the queue on the real opencode and tmux", { skip: stackMissing() }, async (t) => {
  const permission = { "*": "allow", bash: { "*": "allow", "touch *": "ask" } };
  const stage = await startStage(t, { script, permission });
  const { find, write, begin, go, rests } = queueOf(stage);
  const { writes, presses } = operatorOf(stage);
  const seeQueue = () => writes("/queue", /^Running: /);

  await t.test("prompts that wait go in their order, as it was changed", async (t) => {
    await begin("first");
    for (const text of ["a", "b", "c", "d"]) await write(text);
    const queue = await seeQueue();
    t.match(
      queue.text,
      /^Running: wait for first\n4 messages wait for .*\n1\. a\n2\. b\n3\. c\n4\. d$/,
    );
    await presses(queue, "Put 3 first", /1\. c\n2\. a\n3\. b\n4\. d$/);
    await presses(queue, "Put 4 first", /1\. d\n2\. c\n3\. a\n4\. b$/);
    const left = await presses(queue, "Drop 4", /1\. d\n2\. c\n3\. a$/);
    t.equal(left.message_id, queue.message_id, "it is shown where it was");
    go("first");
    await rests();
    const order = stage.model.requests.flatMap(({ prompt, toolResults }) =>
      toolResults.length === 0 ? [prompt] : [],
    );
    t.same(order, ["wait for first", "d", "c", "a"]);
    await presses(left, "Send 1 now", /^Too late: /);
  });

  await t.test("nothing is delivered to an agent that is held until it continues", async (t) => {
    const queue = await writes("/queue", /^No message waits for default_agent/);
    await presses(queue, "Hold", /^Held: /m);
    await write("kept back");
    const held = await writes("/queue", /^1 message waits/);
    t.match((await writes("/status", /^Agent: /)).text, /not delivered until you press Continue/);
    t.equal(begun(stage, "kept back"), 0);
    await presses(held, "Continue", /^(?![^]*Held: )/);
    await rests();
    t.same(answersTo(stage, "kept back"), ["answer to kept back"]);
  });

  await t.test("a prompt that is sent now is merged into the running turn", async (t) => {
    await begin("second");
    await write("and this");
    const joins = /^1\. and this \(joins the running turn\)$/m;
    const shown = await presses(await seeQueue(), "Send 1 now", joins);
    t.same(labels(shown), ["Drop 1", "Hold"]);
    await find("and this", "running");
    t.equal(begun(stage, "and this"), 0, "the model is not asked before its tool is done");
    go("second");
    await rests();
    const both = stage.model.requests.filter(({ prompts }) => prompts.at(-1) === "and this");
    t.match(both, [{ prompts: { length: Number } }]);
    t.same(both[0]?.prompts.slice(-2), ["wait for second", "and this"], "in one turn");
    t.same(answersTo(stage, "and this"), ["answer to and this"], "one answer");
    t.same(answersTo(stage, "second"), []);
  });

  await t.test(
    "after an abort what was sent now is answered once, and the queue once that is chosen",
    async (t) => {
      await begin("third");
      await write("stranded");
      await write("waiting");
      await presses(await seeQueue(), "Send 1 now", /^1\. stranded \(joins/m);
      await find("stranded", "running");
      const working = await writes(
        "/working",
        /^default_agent has been working for under 1 min on: wait for third/,
      );
      t.match(working.text, /^Last tool: bash.*until \[ -e third \]/m);
      const since = stage.telegram.mark();
      stage.telegram.operatorPresses({ messageId: working.message_id, button: "Stop" });
      const stopped =
        /^Turn stopped\. 1 message that joined it is delivered again\. 1 message waits/;
      const shown = await stage.telegram.shown(({ text }) => stopped.test(text), { since });
      await find("stranded", "done");
      t.equal(begun(stage, "waiting"), 0);
      const messageId = shown.message_id;
      stage.telegram.operatorPresses({ messageId, button: "Continue" });
      await rests();
      for (const text of ["stranded", "waiting"]) {
        t.equal(begun(stage, text), 1);
        t.same(answersTo(stage, text), [`answer to ${text}`]);
      }
      t.equal(begun(stage, "wait for third"), 1);
      const stored = await messagesOf(stage, "stranded");
      t.equal(stored, 1, "opencode has one message of it");
    },
  );

  await t.test(
    "an abort closes the card of the turn, and the next prompt is delivered",
    async (t) => {
      stage.telegram.operatorSends({ text: "ask x.txt" });
      const card = await stage.telegram.shown(({ text }) => text.includes("touch x.txt"));
      await write("after the card");
      const stopped = await writes("/abort", /^Turn stopped\. 1 message waits/);
      const closed = await stage.telegram.shown(({ text }) => text.includes("The turn has ended"));
      t.equal(closed.message_id, card.message_id);
      stage.telegram.operatorPresses({ messageId: stopped.message_id, button: "Continue" });
      await rests();
      t.same(answersTo(stage, "after the card"), ["answer to after the card"]);
      const left = await opencodeClient(stage).permissions(stage.env["WORKSPACE_DIR"] ?? "");
      t.same(left, []);
    },
  );

  await t.test("an abort ends a turn that was typed in the terminal", async (t) => {
    const target = ["-t", "=default_agent:"];
    await stage.tmux("send-keys", ...target, "-l", "wait for typed");
    await until(
      async () =>
        (await stage.tmux("capture-pane", "-p", ...target)).includes("wait for typed") || undefined,
    );
    await stage.tmux("send-keys", ...target, "Enter");
    await stage.model.seen(({ prompt }) => prompt === "wait for typed");
    await writes(
      "/working",
      /^default_agent is working on something that was not asked in this chat/,
    );
    await writes("/abort", /^Turn stopped\.$/);
    stage.telegram.operatorSends({ text: "after the typed one" });
    await find("after the typed one", "done");
    await rests();
    t.same(answersTo(stage, "after the typed one"), ["answer to after the typed one"]);
    t.equal(begun(stage, "wait for typed"), 1);
  });
});
