import { test } from "tap";
import type { Stage } from "../../sandbox/stage.ts";
import { useConversation } from "../../src/agents/conversations.ts";
import type { ResumeOutcome } from "../../src/agents/resume.ts";
import { conversation } from "../../src/chat/conversation.ts";
import { between } from "../support/between.ts";
import {
  begun,
  botTexts,
  paths,
  settled,
  stackMissing,
  startStage,
  terminalReady,
  terminalRests,
  until,
} from "../support/stage.ts";

const operator = conversation(1000);

/** Sends a prompt; resolves, when its turn is over, to what the model was told and the path it took. */
async function ask(stage: Stage, text: string) {
  const before = paths(stage).length;
  stage.telegram.operatorSends({ text });
  await until(() => (paths(stage).length > before ? true : undefined));
  await settled(stage);
  const request = await stage.model.seen(({ prompt }) => prompt === text);
  return { prompts: request.prompts, path: paths(stage).at(-1) };
}

/** A session that another client made, with a first prompt. */
async function madeElsewhere(stage: Stage, title: string, text: string): Promise<string> {
  const query = `?directory=${encodeURIComponent(stage.env["WORKSPACE_DIR"] ?? "")}`;
  const post = (path: string, body: object) =>
    stage.opencode(`${path}${query}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const { id } = (await (await post("/session", { title })).json()) as { id: string };
  await post(`/session/${id}/prompt_async`, { parts: [{ type: "text", text }] });
  await until(async () => {
    const messages = (await (await stage.opencode(`/session/${id}/message`)).json()) as {
      info: { role: string; time: { completed?: number } };
    }[];
    return messages.some(({ info }) => info.time.completed) ? true : undefined;
  });
  return id;
}

/** Resumes a session and talks to its agent from then on. */
function resume(stage: Stage, sessionId: string, title: string): Promise<ResumeOutcome> {
  return between(stage, async (transaction, lifecycle) => {
    const directory = stage.env["WORKSPACE_DIR"] ?? "";
    const outcome = await lifecycle.resume(transaction, { sessionId, directory, title });
    if ("agent" in outcome) await useConversation(transaction, operator, outcome.agent);
    return outcome;
  });
}

test("sessions are kept, changed and resumed", { skip: stackMissing() }, async (t) => {
  const stage = await startStage(t);
  const name = "default_agent";

  await t.test("a stopped agent continues with the same memory, in its terminal", async (t) => {
    await ask(stage, "the word is heron");
    stage.telegram.operatorSends({ text: `/stop ${name}` });
    await until(() => botTexts(stage).find((text) => text.includes("stopped")));
    const outcome = await between(stage, (transaction, lifecycle) =>
      lifecycle.start(transaction, name, { mode: "continue" }),
    );
    t.equal(outcome, "continued");
    await terminalReady(stage);
    await terminalRests(stage);
    const { prompts, path } = await ask(stage, "which word?");
    t.same(prompts, ["the word is heron", "which word?"]);
    t.equal(path, "tmux", "its terminal is recognised");
  });

  await t.test(
    "a new session ends the turn and forgets it, and prompts that wait go on",
    async (t) => {
      const held = Promise.withResolvers<void>();
      stage.model.script = ({ prompt }) =>
        prompt === "work long" ? { text: "never said", hold: held.promise } : { text: "ok" };
      stage.telegram.operatorSends({ text: "work long" });
      await stage.model.seen(({ prompt }) => prompt === "work long");
      stage.telegram.operatorSends({ text: "next" });
      await accepted(stage, "next");
      const renewed = await between(stage, (transaction, lifecycle) =>
        lifecycle.renew(transaction, name),
      );
      t.same(renewed, { prompts: 1 });
      const { prompts } = await stage.model.seen(({ prompt }) => prompt === "next");
      t.same(prompts, ["next"], "without memory");
      held.resolve();
      await settled(stage);
      t.equal(begun(stage, "next"), 1);
      await terminalRests(stage);
      t.match(await ask(stage, "again"), { prompts: ["next", "again"], path: "tmux" });
      t.notOk(botTexts(stage).includes("never said"));
    },
  );

  await t.test("clearing drops the prompts that wait as well", async (t) => {
    const held = Promise.withResolvers<void>();
    stage.model.script = ({ prompt }) =>
      prompt === "work on" ? { text: "never said", hold: held.promise } : { text: "ok" };
    stage.telegram.operatorSends({ text: "work on" });
    await stage.model.seen(({ prompt }) => prompt === "work on");
    stage.telegram.operatorSends({ text: "dropped" });
    await accepted(stage, "dropped");
    const cleared = await between(stage, (transaction, lifecycle) =>
      lifecycle.clear(transaction, name),
    );
    t.same(cleared, { prompts: 2 });
    t.same((await ask(stage, "after")).prompts, ["after"]);
    held.resolve();
    t.equal(begun(stage, "dropped"), 0);
  });

  await t.test("a session of another client is resumed with its memory", async (t) => {
    // The terminal's title cuts one of these birds in two.
    const title = "Höhe: 🐦🐦🐦🐦🐦🐦🐦🐦🐦🐦🐦🐦🐦🐦🐦🐦🐦🐦🐦🐦 of it";
    const id = await madeElsewhere(stage, title, "made elsewhere");
    t.same(await resume(stage, id, title), { kind: "resumed", agent: "hohe-of-it" });
    await terminalReady(stage, "hohe-of-it");
    await terminalRests(stage, "hohe-of-it");
    const first = await ask(stage, "go on");
    t.match(first, { prompts: ["made elsewhere", "go on"], path: "tmux" });
    t.same(await resume(stage, id, title), { kind: "already", agent: "hohe-of-it" });

    await madeElsewhere(stage, title.replace("of it", "of that"), "looks the same");
    await terminalRests(stage, "hohe-of-it");
    t.equal((await ask(stage, "and now")).path, "api", "the terminal could show either");

    const query = `?directory=${encodeURIComponent(stage.env["WORKSPACE_DIR"] ?? "")}`;
    await stage.opencode(`/session/${id}${query}`, {
      method: "PATCH",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ title: "Named anew" }),
    });
    t.equal((await ask(stage, "its title is read")).path, "api");
    await terminalRests(stage, "hohe-of-it");
    t.equal((await ask(stage, "and known")).path, "tmux");
  });

  await t.test("a renamed agent keeps its memory, its conversation and its terminal", async (t) => {
    const outcome = await between(stage, (transaction, lifecycle) =>
      lifecycle.rename(transaction, "hohe-of-it", "bird"),
    );
    t.equal(outcome, "renamed");
    await terminalReady(stage, "bird");
    const { prompts, path } = await ask(stage, "the same?");
    t.match([prompts[0], path], ["made elsewhere", "tmux"]);
    const terminals = await stage.tmux("list-sessions", "-F", "#{session_name}");
    t.notOk(terminals.includes("hohe-of-it"));
  });
});

/** Resolves when the operator's message was taken as a prompt. */
async function accepted(stage: Stage, text: string): Promise<void> {
  await until(() => {
    const message = stage.telegram.chat().find((one) => one.text === text);
    return message && message.reactions.length > 0 ? true : undefined;
  });
}
