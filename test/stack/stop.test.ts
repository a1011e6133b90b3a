import { test, type Test } from "tap";
import type { ModelAnswer, ModelRequest } from "../../sandbox/model/server.ts";
import type { Stage } from "../../sandbox/stage.ts";
import { labels, operatorOf } from "../long/commands/operator.ts";
import { Proxy } from "../support/proxy.ts";
import { answersTo, queueOf, script as usual } from "../support/stage-queue.ts";
import { begun, opencodeClient, runs, stackMissing, startStage, until } from "../support/stage.ts";

/** A model that writes for half a minute, works with a subagent that asks, or does as usual. */
function script(request: ModelRequest): ModelAnswer {
  const { prompt, toolResults } = request;
  if (prompt.startsWith("write")) {
    return { pieces: ["I have begun", ...Array<string>(300).fill(".")], everyMs: 100 };
  }
  if (prompt === "touch it") return runs("touch it");
  if (prompt === "delegate" && toolResults.length === 0) {
    const task = { description: "touch", prompt: "touch it", subagent_type: "general" };
    return { text: "I delegate this.", tools: [{ name: "task", arguments: task }] };
  }
  if (prompt === "delegate") return { pieces: Array<string>(300).fill("more "), everyMs: 100 };
  return usual(request);
}

/** What a test sees of opencode's turns. */
function turnsOf(stage: Stage) {
  const client = opencodeClient(stage);
  const directory = stage.env["WORKSPACE_DIR"] ?? "";
  // On a busy machine opencode may take long to start a turn, and answers nothing then.
  const isBusy = () =>
    client.statuses(directory).then(
      (statuses) => Object.keys(statuses).length > 0,
      () => true,
    );
  /** Resolves once opencode has the beginning of an answer. */
  const writes = async (prompt: string) => {
    await stage.model.seen((request) => request.prompt === prompt);
    await until(() => (stage.model.requests.at(-1)!.at + 600 < Date.now() ? true : undefined));
  };
  /** Milliseconds from `act` until opencode is asked for the abort, and until no session works any more. */
  const msUntilIdle = async (act: () => unknown) => {
    const start = Date.now();
    act();
    while (await isBusy());
    const idle = Date.now() - start;
    const aborted = stage.logLines.findLast((line) => line.includes("aborting a turn")) ?? "{}";
    return { asked: (JSON.parse(aborted) as { time: number }).time - start, idle };
  };
  return { client, directory, isBusy, writes, msUntilIdle };
}

const withinMs = 1000;

test("a turn is stopped within a second", { skip: stackMissing() }, async (t) => {
  const permission = { "*": "allow", bash: { "*": "allow", "touch *": "ask" } };
  const stage = await startStage(t, { script, permission, env: { JOIN_MS: "0" } });
  const { telegram } = stage;
  const { write, begin, go, rests, find } = queueOf(stage);
  const { writes, presses } = operatorOf(stage);
  const turns = turnsOf(stage);
  const working = () => writes("/working", /^default_agent has been working/);
  const stops = async (t: Test, act: () => unknown) => {
    const { asked, idle } = await turns.msUntilIdle(act);
    t.comment(`opencode was asked after ${asked} ms and rested after ${idle} ms`);
    // What opencode takes then is its own, 20 to 300 ms where the machine has nothing else to do.
    t.ok(asked >= 0 && asked < withinMs, "within a second");
  };

  const proxy = await Proxy.to(stage.env["OPENCODE_API_URL"] ?? "");
  t.teardown(() => proxy.close());
  await stage.stop();
  await stage.start({ OPENCODE_API_URL: proxy.url });
  telegram.operatorSends({ text: "warm up" });
  await find("warm up", "done");

  await t.test(
    "by its button, in the middle of an answer, of which the beginning is shown",
    async (t) => {
      telegram.operatorSends({ text: "write by button" });
      await turns.writes("write by button");
      const { message_id: messageId } = await working();
      const since = telegram.mark();
      await stops(t, () => telegram.operatorPresses({ messageId, button: "Stop" }));
      const shown = await telegram.shown(({ text }) => text.endsWith("Turn stopped."), { since });
      t.match(shown.text, /^I have begun\.*\n\nTurn stopped\.$/);
      t.same(labels(shown), [], "nothing waits, so there is nothing to choose");
      await rests();
    },
  );

  await t.test("by /abort; what waits is held, and goes on once that is chosen", async (t) => {
    telegram.operatorSends({ text: "write by abort" });
    await turns.writes("write by abort");
    await write("first");
    await write("second");
    const since = telegram.mark();
    await stops(t, () => telegram.operatorSends({ text: "/abort" }));
    const shown = await telegram.shown(({ text }) => text.includes("Turn stopped."), { since });
    t.match(
      shown.text,
      /^I have begun\.*\n\nTurn stopped\. 2 messages wait: Continue delivers them/,
    );
    t.same(labels(shown), ["Continue", "Hold"]);
    const told = await writes("third", /^Not delivered yet: .* and 3 messages wait/);
    t.same(labels(told), ["Continue"]);
    const change = telegram.mark();
    telegram.operatorPresses({ messageId: shown.message_id, button: "Hold" });
    const held = await telegram.shown((one) => labels(one).join() === "Continue", {
      since: change,
    });
    t.equal(held.text, shown.text, "what the agent had written stays");
    for (const text of ["first", "second", "third"]) t.equal(begun(stage, text), 0);
    telegram.operatorPresses({ messageId: shown.message_id, button: "Continue" });
    await rests();
    for (const text of ["first", "second", "third"]) {
      t.same(answersTo(stage, text), [`answer to ${text}`]);
    }
  });

  await t.test("too late: the turn that runs by then is not harmed", async (t) => {
    await begin("early");
    const old = await working();
    go("early");
    await rests();
    await begin("late");
    await presses(old, "Stop", /^Nothing was stopped: that turn of default_agent is over/);
    go("late");
    await rests();
    t.same(answersTo(stage, "late"), ["done with wait for late"]);
  });

  await t.test("with a subagent that asks: its card is closed, and nothing goes on", async (t) => {
    telegram.operatorSends({ text: "delegate" });
    const card = await telegram.shown(({ text }) => text.includes("touch it"));
    await write("after the card");
    const since = telegram.mark();
    await stops(t, () => telegram.operatorSends({ text: "/abort" }));
    const shown = await telegram.shown(({ text }) => text.includes("Turn stopped."), { since });
    t.match(shown.text, /1 message waits: Continue delivers it/);
    const closed = await telegram.shown(({ text }) => text.includes("The turn has ended"));
    t.equal(closed.message_id, card.message_id);
    t.same(await turns.client.permissions(turns.directory), []);
    t.notOk(await turns.isBusy());
    telegram.operatorPresses({ messageId: shown.message_id, button: "Continue" });
    await rests();
    t.same(answersTo(stage, "after the card"), ["answer to after the card"]);
  });

  await t.test("while Telegram takes nothing", async (t) => {
    telegram.operatorSends({ text: "write in silence" });
    await turns.writes("write in silence");
    const { message_id: messageId } = await working();
    const since = telegram.mark();
    telegram.fault({ kind: "429", retryAfter: 3, method: "sendMessage" });
    telegram.operatorSends({ text: "/list" });
    await stops(t, () => telegram.operatorPresses({ messageId, button: "Stop" }));
    await telegram.shown(({ text }) => /^I have begun\.*\n\nTurn stopped\.$/.test(text), { since });
    await rests();
  });

  await t.test(
    "when opencode answers again, if it does not now; a later turn is not harmed",
    async (t) => {
      await begin("hung");
      proxy.hang();
      await writes("/abort", /^Stopping the turn/);
      const later =
        /^opencode is not responding\. The turn of default_agent will be stopped as soon/;
      await telegram.shown(({ text }) => later.test(text));
      const since = telegram.mark();
      proxy.goOn();
      await telegram.shown(({ text }) => text === "Turn stopped.", { since });
      telegram.operatorSends({ text: "and now" });
      await find("and now", "done");
      await rests();
      t.same(answersTo(stage, "and now"), ["answer to and now"]);
      t.equal(begun(stage, "wait for hung"), 1);
    },
  );
});
