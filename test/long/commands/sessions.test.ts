import { test } from "tap";
import {
  begun,
  botTexts,
  settled,
  stackMissing,
  startStage,
  terminalReady,
  terminalRests,
} from "../../support/stage.ts";
import { inWorkspace, labels, madeElsewhere, operatorOf } from "./operator.ts";

test("sessions are changed and resumed from the chat", { skip: stackMissing() }, async (t) => {
  const stage = await startStage(t);
  const { telegram, model } = stage;
  const { writes, presses, asks } = operatorOf(stage);

  /** Sends a prompt whose turn goes on until the returned function is called. */
  async function begins(text: string): Promise<() => void> {
    const held = Promise.withResolvers<void>();
    model.script = ({ prompt }) =>
      prompt === text ? { text: "never said", hold: held.promise } : { text: "ok" };
    telegram.operatorSends({ text });
    await model.seen(({ prompt }) => prompt === text);
    return held.resolve;
  }

  /** Resolves when a message was taken as a prompt. */
  async function waits(text: string): Promise<void> {
    telegram.operatorSends({ text });
    await telegram.until(() => {
      const message = telegram.chat().find((one) => one.text === text);
      return message && message.reactions.length > 0 ? true : undefined;
    });
  }

  await t.test(
    "a new session asks, ends the turn and forgets it, and prompts that wait go on",
    async (t) => {
      const end = await begins("work long");
      await waits("next");
      const question = await writes("/new", /^default_agent is working\. .*1 message that waits/);
      const isNew = /^default_agent begins a new session[^]*1 message cancelled/;
      await presses(question, "Begin it", isNew);
      const { prompts } = await model.seen(({ prompt }) => prompt === "next");
      t.same(prompts, ["next"], "without memory");
      end();
      await settled(stage);
      t.equal(begun(stage, "next"), 1);
      await terminalRests(stage);
      t.match(await asks("again"), { prompts: ["next", "again"], path: "tmux" });
      t.notOk(botTexts(stage).includes("never said"));
    },
  );

  await t.test("clearing asks first, then drops the prompts that wait as well", async (t) => {
    const end = await begins("work on");
    await waits("dropped");
    const question = await writes("/clear", /without its memory, and 1 message would be dropped/);
    await presses(question, "Do it", /^default_agent begins a new session[^]*2 messages cancelled/);
    t.same((await asks("after")).prompts, ["after"]);
    end();
    t.equal(begun(stage, "dropped"), 0);
  });

  await t.test("a session of another client is found and resumed with its memory", async (t) => {
    // The terminal's title cuts one of these birds in two.
    const title = "Höhe: 🐦🐦🐦🐦🐦🐦🐦🐦🐦🐦🐦🐦🐦🐦🐦🐦🐦🐦🐦🐦 of it";
    const id = await madeElsewhere(stage, title, "made elsewhere");
    for (let number = 1; number <= 9; number += 1)
      await madeElsewhere(stage, `paint ${number}`, "");

    const first = await writes("/history", /^Sessions of opencode, newest first:/);
    t.match(first.text, /^1\. paint 9\n {3}under 1 min ago, \//m);
    t.equal(labels(first).length, 9, "eight, and more");
    const second = await presses(first, "More ›", /^1\. paint 1\n/m);
    t.equal(second.message_id, first.message_id, "in the same message");
    t.match(second.text, /^2\. Höhe: /m);
    const found = await writes("/history höhe", /^Sessions with “höhe” in the title:/);
    t.same(labels(found), ["Resume 1"]);
    await writes("/history no such title", /^No session has “no such title”/);

    await presses(found, "Resume 1", /^hohe-of-it continues “Höhe: /);
    await terminalReady(stage, "hohe-of-it");
    await terminalRests(stage, "hohe-of-it");
    t.match(await asks("go on"), { prompts: ["made elsewhere", "go on"], path: "tmux" });

    await writes("/switch default_agent", /^Connected to default_agent/);
    await writes(`/resume ${id} other`, /^Connected to hohe-of-it/);
    await writes("/resume ses_nosuchsession", /^opencode has no such session/);
    await writes("/resume paint", /^Name a session/);

    await madeElsewhere(stage, title.replace("of it", "of that"), "looks the same");
    await terminalRests(stage, "hohe-of-it");
    t.equal((await asks("and now")).path, "api", "the terminal could show either");
    const query = `?directory=${encodeURIComponent(inWorkspace(stage))}`;
    await stage.opencode(`/session/${id}${query}`, {
      method: "PATCH",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ title: "Named anew" }),
    });
    t.equal((await asks("its title is read")).path, "api");
    await terminalRests(stage, "hohe-of-it");
    t.equal((await asks("and known")).path, "tmux");
  });

  await t.test("a renamed agent keeps its memory, its conversation and its terminal", async (t) => {
    await writes("/rename default_agent", /^Another agent has that name/);
    await writes("/rename bird", /^hohe-of-it is now called bird/);
    await terminalReady(stage, "bird");
    const { prompts, path } = await asks("the same?");
    t.match([prompts[0], path], ["made elsewhere", "tmux"]);
    const terminals = await stage.tmux("list-sessions", "-F", "#{session_name}");
    t.notOk(terminals.includes("hohe-of-it"));
  });

  await t.test("another agent is chosen by its exact name, and a wrong one suggests", async (t) => {
    const which = await writes("/switch", /^Which agent do you want to talk to\?/);
    t.same(labels(which), ["default_agent"]);
    const wrong = await writes("/switch default", /^No agent “default” is running. Did you mean/);
    await presses(wrong, "default_agent", /^Connected to default_agent/);
    await writes("/switch zebra", /^No agent “zebra” is running. \/list/);
    t.match((await writes("/status bird", /^Agent: /)).text, /^Agent: bird\n/);
    const list = await writes("/list", /^▸ default_agent: /m);
    t.match(list.text, /^· bird: idle for under 1 min/m);
    await presses(list, "Switch to bird", /^Connected to bird/);
  });

  await t.test("the last session goes on: that of an agent, or the newest", async (t) => {
    await writes("/stop bird", /^bird stopped/);
    await writes("/resume_last bird", /^bird continues “Named anew”/);
    t.equal((await asks("still there?")).prompts[0], "made elsewhere");
    const newest = await madeElsewhere(stage, "Newest", "the newest one");
    await writes("/resume_last", /^newest continues “Newest”/);
    t.same((await asks("and this?")).prompts, ["the newest one", "and this?"]);
    await writes("/resume_last", /^Connected to newest/);
    t.ok(newest);
  });

  await t.test("a copy has what was said, or what was before a message", async (t) => {
    await asks("a third");
    const copied = await writes(
      "/fork",
      /^Connected to newest-2, a copy of newest with its memory/,
    );
    t.same((await asks("in the copy")).prompts, [
      "the newest one",
      "and this?",
      "a third",
      "in the copy",
    ]);
    await presses(copied, "Back to newest", /^Connected to newest\./);
    await writes(
      "/fork AND THIS",
      /^Connected to newest-3, a copy of its session up to “and this\?”/,
    );
    t.same((await asks("before it")).prompts, ["the newest one", "before it"]);
    await writes("/fork words nobody wrote", /^No message of yours in this session/);
    await writes("/switch newest", /^Connected to newest/);
    t.equal((await asks("left alone")).prompts.length, 4, "the session itself is as it was");
  });
});
