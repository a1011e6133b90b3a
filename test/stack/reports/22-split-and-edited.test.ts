import { test } from "tap";
import { settled, stackMissing, startStage, until } from "../../support/stage.ts";

/** 9,500 characters that differ, and the three messages that a client makes of them. */
const lines = Array.from({ length: 1900 }, (_, line) => String(line).padStart(4, "0"));
const pasted = `${lines.join("\n").slice(0, 9499)}!`;
const cuts = [pasted.slice(0, 4096), pasted.slice(4096, 8192), pasted.slice(8192)];

test(
  "split texts, edits and reactions, on the real opencode",
  { skip: stackMissing() },
  async (t) => {
    const stage = await startStage(t);
    const { telegram, model } = stage;
    const asked = (from: number) => model.requests.slice(from).map(({ prompt }) => prompt);
    model.script = ({ prompt }) => ({ text: `answer to ${prompt.slice(0, 12)}` });

    await t.test(
      "a text of 9,500 characters in 3 messages is one prompt, also after a kill between them",
      async (t) => {
        const before = model.requests.length;
        const [first, ...rest] = cuts;
        const { message } = telegram.operatorSends({ text: first! });
        await until(() =>
          telegram.chat().find((one) => one.message_id === message.message_id)?.reactions[0] ===
          "👀"
            ? true
            : undefined,
        );
        await stage.stop("SIGKILL");
        for (const text of rest) telegram.operatorSends({ text, message: { date: message.date } });
        await stage.start();
        await model.seen(({ prompt }) => prompt.startsWith("0000"));
        await settled(stage);
        t.same(asked(before), [pasted]);
      },
    );

    await t.test(
      "an edit changes a waiting prompt, and is told when it comes too late",
      async (t) => {
        const before = model.requests.length;
        let release = () => {};
        const gate = new Promise<void>((resolve) => (release = resolve));
        model.script = async ({ prompt }) => {
          if (prompt === "work long") await gate;
          return { text: `answer to ${prompt.slice(0, 12)}` };
        };
        const { message: running } = telegram.operatorSends({ text: "work long" });
        await model.seen(({ prompt }) => prompt === "work long");
        const { message: waiting } = telegram.operatorSends({ text: "then delete a" });
        const { update_id: first } = telegram.operatorEdits({
          messageId: waiting.message_id,
          text: "then delete b",
        });
        await telegram.acknowledged(first);
        const since = telegram.mark();
        telegram.operatorEdits({ messageId: running.message_id, text: "work short" });
        await telegram.shown(
          ({ text }) => text.startsWith("Too late: default_agent has this message"),
          { since },
        );
        release();
        await model.seen(({ prompt }) => prompt === "then delete b");
        await settled(stage);
        t.same(asked(before), ["work long", "then delete b"]);
      },
    );

    await t.test("a reaction to the agent's words goes along with the next prompt", async (t) => {
      const before = model.requests.length;
      const answer = telegram.chat().findLast(({ text }) => text.startsWith("answer to then"));
      const { update_id } = telegram.operatorReacts({
        messageId: answer?.message_id ?? 0,
        emoji: ["👍"],
      });
      await telegram.acknowledged(update_id);
      telegram.operatorSends({ text: "go on" });
      await model.seen(({ prompt }) => prompt.startsWith("go on"));
      await settled(stage);
      t.same(asked(before), ["go on\n\n[the operator reacted 👍 to: answer to then delete]"]);
    });
  },
);
