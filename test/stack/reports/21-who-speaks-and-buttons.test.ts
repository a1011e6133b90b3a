import { test } from "tap";
import type { ModelAnswer } from "../../../sandbox/model/server.ts";
import {
  botTexts,
  runs,
  sent,
  settled,
  stackMissing,
  startStage,
  terminalReady,
} from "../../support/stage.ts";

test(
  "21.7 and 21.8: who speaks, and the buttons below what is said, on the real opencode",
  { skip: stackMissing() },
  async (t) => {
    const stage = await startStage(t, { env: { DELIVERY: "api" } });
    const { telegram, model } = stage;
    const labels = (messageId: number) =>
      telegram
        .chat()
        .find(({ message_id }) => message_id === messageId)
        ?.reply_markup?.inline_keyboard.flat()
        .map(({ text }) => text);

    const words = { text: "Ready (tool)?", silent: false, buttons: ["Ship it", "Wait"] };
    const ways: [string, ModelAnswer][] = [
      ["tool", { tools: [{ name: "send_telegram", arguments: words }] }],
      ["shell", runs('send-telegram --button "Ship it" --button Wait "Ready (shell)?"')],
    ];
    for (const [how, answer] of ways) {
      await t.test(
        `an agent asks by its ${how}, and a press is its next prompt, once`,
        async (t) => {
          model.script = ({ prompt, toolResults }) => {
            if (prompt.includes("Pressed the button")) return { text: `shipped, ${how}` };
            return toolResults.length > 0 ? { text: "" } : answer;
          };
          telegram.operatorSends({ text: `build it, and ask ${how}` });
          const asked = await telegram.shown(({ text }) => text === `Ready (${how})?`);
          t.same(labels(asked.message_id), ["💬 Ship it", "💬 Wait"]);
          await settled(stage);
          telegram.operatorPresses({ messageId: asked.message_id, button: "💬 Ship it" });
          await telegram.shown(({ text }) => text.includes(`shipped, ${how}`));
          await settled(stage);
          await sent(stage);
          const quoted = `In reply to:\n> ${asked.text}\n\nPressed the button: Ship it`;
          t.ok(model.requests.some(({ prompt }) => prompt === quoted));
          t.same(labels(asked.message_id), ["💬 ✓ Ship it"]);
          const said = botTexts(stage).length;
          telegram.operatorPresses({ messageId: asked.message_id, button: "💬 ✓ Ship it" });
          await telegram.called("answerCallbackQuery", ({ payload }) =>
            String(payload["text"]).startsWith("This button no longer works"),
          );
          await settled(stage);
          await sent(stage);
          t.equal(botTexts(stage).length, said, "nothing more was said");
        },
      );
    }

    await t.test("a late answer bears its agent's name, and quotes what it answers", async (t) => {
      const held = Promise.withResolvers<void>();
      model.script = ({ prompt }) => {
        if (prompt !== "take your time") return { text: `heard: ${prompt}` };
        return { text: "It took a while.", hold: held.promise };
      };
      const { message } = telegram.operatorSends({ text: "take your time" });
      await model.seen(({ prompt }) => prompt === "take your time");
      telegram.operatorSends({ text: "/start site" });
      await terminalReady(stage, "site");
      telegram.operatorSends({ text: "hello" });
      const mine = await telegram.shown(({ text }) => text.includes("heard: hello"));
      t.equal(mine.text, "heard: hello", "the one that is talked to is not named");
      held.resolve();
      const late = await telegram.shown(({ text }) => text.includes("It took a while."));
      t.equal(late.text, "❖ default_agent:\nIt took a while.");
      t.equal(late.reply_to, message.message_id);
      telegram.operatorPresses({
        messageId: late.message_id,
        button: "Switch to default_agent",
      });
      await telegram.shown(({ text }) => text.startsWith("Connected to default_agent"));
      telegram.operatorSends({ text: "back again" });
      await telegram.shown(({ text }) => text === "heard: back again");
      await settled(stage);
    });
  },
);
