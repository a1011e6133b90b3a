import { test } from "tap";
import { begun, settled, stackMissing, startStage } from "../../support/stage.ts";
import { operatorOf } from "./operator.ts";

// Thirty take half a minute and 10 GB of terminals: those are in `npm run bench -- list`.
const count = 6;

test("many agents work at once", { skip: stackMissing() }, async (t) => {
  const stage = await startStage(t, { script: ({ prompt }) => ({ text: `heard ${prompt}` }) });
  const { telegram, model } = stage;
  const { writes } = operatorOf(stage);
  const numbers = Array.from({ length: count }, (_, index) => index + 1);

  await t.test(
    "an agent and a prompt for each, all sent at once: each gets its own, once",
    async (t) => {
      for (const number of numbers) {
        telegram.operatorSends({ text: `/start agent${number}` });
        telegram.operatorSends({ text: `task ${number}.` });
      }
      for (const number of numbers) {
        const { prompts } = await model.seen(({ prompt }) => prompt === `task ${number}.`, 120_000);
        t.same(prompts, [`task ${number}.`], "nothing of another agent");
      }
      await settled(stage);
      for (const number of numbers) t.equal(begun(stage, `task ${number}.`), 1);
      for (const number of numbers) {
        // The chat talks to the last one by then, so that the others are named.
        await telegram.shown(({ text }) => text.endsWith(`heard task ${number}.`));
      }
    },
  );

  await t.test("each keeps its own session", async (t) => {
    for (const number of numbers) {
      telegram.operatorSends({ text: `/switch agent${number}` });
      telegram.operatorSends({ text: `more ${number}.` });
    }
    for (const number of numbers) {
      const { prompts } = await model.seen(({ prompt }) => prompt === `more ${number}.`, 120_000);
      t.same(prompts, [`task ${number}.`, `more ${number}.`]);
    }
    await settled(stage);
    for (const number of numbers) t.equal(begun(stage, `more ${number}.`), 1);
    const list = await writes("/list", /^▸ agent6: /m);
    t.equal(list.text.split("\n").length, count + 2, "a heading, and a line each");
  });
});
