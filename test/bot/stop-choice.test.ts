import { test, type Test } from "tap";
import { defaultAgent } from "../../src/agents/agents.ts";
import { laneOf } from "../../src/prompts/lane.ts";
import { currentPrompt } from "../../src/prompts/prompts.ts";
import { endTurn } from "../../src/turns/relay.ts";
import { chat } from "../support/bot-chat.ts";
import { outboxRows } from "../support/memory.ts";

/** A chat in which a turn was stopped that had written something, while `waiting` prompts wait. */
async function stopped(t: Test, waiting: number) {
  const all = await chat(t, { JOIN_MS: "0" });
  const { app, store, write } = all;
  await write("one");
  const attempt = { path: "api" as const, sessionId: "ses_1" };
  await app.prompts.attempt((await app.prompts.head(defaultAgent))!, attempt);
  for (let n = 0; n < waiting; n += 1) await write(`waiting ${n}`);
  t.same(await write("/abort"), ["Stopping the turn of default_agent."]);
  await store.write(async (transaction) => {
    const prompt = await currentPrompt(transaction, defaultAgent);
    const answer = {
      messages: [{ text: "half", entities: [] }],
      document: undefined,
      rich: undefined,
    };
    const how = { mode: "auto", answer } as const;
    await endTurn(transaction, [prompt!], { kind: "stopped", text: "half" }, how);
  });
  const lane = () => store.read((transaction) => laneOf(transaction, defaultAgent));
  return { ...all, lane };
}

test("the choice changes the buttons alone, as often as it is made", async (t) => {
  const { press, lane, store } = await stopped(t, 2);
  t.match(await lane(), { isHeld: true, isUndecided: true });
  for (const [label, isHeld, left, notice] of [
    ["Hold", true, "Continue", "Held until you press Continue."],
    ["Continue", false, "Hold", "What waits is delivered."],
    ["Hold", true, "Continue", "Held until you press Continue."],
  ] as const) {
    t.same(await press(label), [notice], "no message");
    t.match(await lane(), { isHeld, isUndecided: false });
    const edit = (await outboxRows(store)).findLast(({ method }) => method.startsWith("edit"));
    t.match(edit, {
      method: "editMessageReplyMarkup",
      payload: { reply_markup: { inline_keyboard: [[{ text: left }]] }, text: undefined },
    });
  }
});

test("who writes before the choice is made is told, with a button; not after it", async (t) => {
  const { press, write, lane } = await stopped(t, 1);
  t.match(await write("and this"), [
    /^Not delivered yet: .* 2 messages wait until you press Continue\.$/,
  ]);
  await press("Hold");
  t.same(await write("and that"), []);
  await press("Continue");
  t.match(await lane(), { isHeld: false, waiting: { length: 3 } });
});

test("where nothing waits, nothing is held", async (t) => {
  const { lane, write } = await stopped(t, 0);
  t.match(await lane(), { isHeld: false });
  t.same(await write("go on"), []);
});
