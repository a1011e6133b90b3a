import { test } from "tap";
import { wholePng } from "../../../sandbox/picture.ts";
import { cut, longText } from "../../support/split-text.ts";
import { settled, stackMissing, startStage } from "../../support/stage.ts";

const pasted = longText("paste");

test(
  "split texts, albums, edits and reactions, on the real opencode",
  { skip: stackMissing() },
  async (t) => {
    const stage = await startStage(t);
    const { telegram, model } = stage;
    const asked = (from: number) => model.requests.slice(from).map(({ prompt }) => prompt);
    model.script = ({ prompt }) => ({ text: `answer to ${prompt.slice(0, 12)}` });

    await t.test("a text of 9,500 characters in 3 messages is one prompt", async (t) => {
      const before = model.requests.length;
      for (const text of cut(pasted)) telegram.operatorSends({ text });
      await model.seen(({ prompt }) => prompt.startsWith("paste"));
      await settled(stage);
      t.same(asked(before), [pasted]);
    });

    await t.test(
      "an album of 5 is one prompt in order, although it comes shuffled and one part twice",
      async (t) => {
        const before = model.requests.length;
        const pictures = [1, 2, 3, 4, 5].map((place) => wholePng(place * 8, 8));
        for (const place of [3, 0, 4, 2, 1]) {
          const { message, update_id } = telegram.operatorSends({
            ...(place === 2 && { text: "Which is best?" }),
            file: { kind: "photo", name: "p.png", bytes: pictures[place] ?? Buffer.alloc(0) },
            message: { message_id: 9000 + place, media_group_id: "77" },
          });
          if (place === 0) telegram.post({ message, update_id });
        }
        const { parts } = await model.seen(({ prompt }) => prompt.includes("Which is best?"));
        await settled(stage);
        t.equal(model.requests.length, before + 1);
        const shown = parts.flatMap(({ image_url: image }) => (image ? [image.url] : []));
        t.same(
          shown,
          pictures.map((bytes) => `data:image/png;base64,${bytes.toString("base64")}`),
        );
        const said = parts.find(({ type }) => type === "text")?.text ?? "";
        const line = "File `uploads/\\d+/photo(-\\d)?\\.jpg` \\(attached\\)";
        t.match(
          said,
          new RegExp(`^${line}\\n${line}\\n\\nWhich is best\\?\\n\\n${line}\\n${line}\\n${line}$`),
        );
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
        await telegram.shown(({ text }) => text.startsWith("Too late: default_agent already has"), {
          since,
        });
        release();
        await model.seen(({ prompt }) => prompt === "then delete b");
        await settled(stage);
        t.same(asked(before), ["work long", "then delete b"]);
      },
    );

    await t.test("a reaction to the agent's words goes along with the next prompt", async (t) => {
      const before = model.requests.length;
      const answer = await telegram.shown(({ text }) => text.startsWith("answer to then"));
      const { update_id } = telegram.operatorReacts({
        messageId: answer.message_id,
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
