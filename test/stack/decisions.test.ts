import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import type { ModelAnswer, ModelRequest } from "../../sandbox/model/server.ts";
import type { Stage } from "../../sandbox/stage.ts";
import {
  begun,
  botTexts,
  runs,
  sending,
  sent,
  settled,
  shell,
  stackMissing,
  startStage,
  until,
} from "../support/stage.ts";
import { screenPoints } from "../support/stage-screen.ts";

const permission = { bash: { "*": "allow", "touch *": "ask" } };

const colours = [
  {
    question: "Which colour?",
    header: "Colour",
    options: [
      { label: "Red", description: "warm" },
      { label: "Blue", description: "cold" },
    ],
  },
];

/** Asks a question, then says by its tool what the answer was. */
function asking(questions: object[]): (request: ModelRequest) => ModelAnswer {
  return ({ toolResults }) => {
    const [answer] = toolResults;
    if (answer === undefined) return { tools: [{ name: "question", arguments: { questions } }] };
    if (toolResults.length > 1) return { text: "" };
    return runs(sending(`told: ${answer}`));
  };
}

function exists(stage: Stage, name: string): boolean {
  return existsSync(join(stage.env["WORKSPACE_DIR"] ?? "", name));
}

test("decisions on the real opencode and tmux", { skip: stackMissing() }, async (t) => {
  const stage = await startStage(t, { permission });
  const { telegram, model } = stage;

  await t.test(
    "text written while a permission is pending approves nothing and is delivered once, after the decision",
    async (t) => {
      model.script = (request) =>
        request.prompt === "make the file"
          ? shell("touch first.txt", "made")(request)
          : { text: "all is well" };
      telegram.operatorSends({ text: "make the file" });
      const card = await telegram.shown((message) => message.text.includes("touch first.txt"));
      telegram.operatorSends({ text: "what is the status?" });
      await telegram.shown((message) => message.text.includes("Answer the card above first"));
      t.notOk(exists(stage, "first.txt"), "the command was not approved");
      t.equal(begun(stage, "what is the status?"), 0, "the text was not delivered");

      telegram.operatorPresses({ messageId: card.message_id, button: "Allow once" });
      await telegram.shown((message) => message.text === "all is well");
      t.ok(exists(stage, "first.txt"));
      await settled(stage);
      t.equal(begun(stage, "what is the status?"), 1);
      t.equal(begun(stage, "make the file"), 1);
    },
  );

  await t.test("a permission is allowed once, and its buttons do nothing afterwards", async (t) => {
    model.script = shell("touch second.txt", "second made");
    const since = telegram.mark();
    telegram.operatorSends({ text: "make the second file" });
    const card = await telegram.shown((message) => message.text.includes("touch second.txt"));
    telegram.operatorPresses({ messageId: card.message_id, button: "Allow once" });
    telegram.operatorPresses({ messageId: card.message_id, button: "Reject" });
    await telegram.shown((message) => message.text === "second made");
    const closed = await telegram.shown((message) => message.text.endsWith("Allowed once."), {
      since,
    });
    t.equal(closed.message_id, card.message_id);
    t.notOk(closed.reply_markup?.inline_keyboard.length, "the buttons are gone");
    t.ok(exists(stage, "second.txt"));
    const notes = telegram.calls.filter(({ method }) => method === "answerCallbackQuery");
    t.match(notes.at(-1)?.payload, { text: /no longer works/ });
    await settled(stage);
  });

  await t.test("a rejected permission runs nothing, and the turn is not silence", async (t) => {
    model.script = shell("touch third.txt", "third made");
    telegram.operatorSends({ text: "make the third file" });
    const card = await telegram.shown((message) => message.text.includes("touch third.txt"));
    telegram.operatorPresses({ messageId: card.message_id, button: "Reject" });
    await telegram.shown(({ text }) => text.startsWith("Rejected; turn ended."));
    await settled(stage);
    t.notOk(exists(stage, "third.txt"));
  });

  await t.test(
    "a dismissed question ends the turn, and no word says that it was rejected",
    async (t) => {
      model.script = asking(colours.map((one) => ({ ...one, question: "Which shape?" })));
      telegram.operatorSends({ text: "ask me in vain" });
      const card = await telegram.shown(({ text }) => text.includes("Which shape?"));
      telegram.operatorPresses({ messageId: card.message_id, button: "Dismiss" });
      await telegram.shown(({ text }) => text.startsWith("Dismissed; turn ended."));
      await settled(stage);
      const closed = telegram.chat().find(({ message_id: id }) => id === card.message_id);
      t.match(closed?.text, /\n\nDismissed\.$/);
    },
  );

  await t.test("a permission answered in the terminal closes the card", async (t) => {
    model.script = shell("touch fourth.txt", "fourth made");
    telegram.operatorSends({ text: "make the fourth file" });
    const card = await telegram.shown((message) => message.text.includes("touch fourth.txt"));
    await until(async () => {
      const screen = await stage.tmux("capture-pane", "-p", "-t", "=default_agent:");
      return screen.includes("Allow once") ? true : undefined;
    });
    await stage.tmux("send-keys", "-t", "=default_agent:", "Enter");
    const closed = await telegram.shown((message) => message.text.includes("In the terminal"));
    t.equal(closed.message_id, card.message_id);
    t.match(closed.text, /Allowed once/);
    await telegram.shown((message) => message.text === "fourth made");
    await settled(stage);
  });

  await t.test("a question is answered from the chat, once", async (t) => {
    model.script = asking(colours);
    telegram.operatorSends({ text: "ask me" });
    const card = await telegram.shown((message) => message.text.includes("Which colour?"));
    t.match(card.text, /Red: warm/);
    telegram.operatorPresses({ messageId: card.message_id, button: "Blue" });
    telegram.operatorPresses({ messageId: card.message_id, button: "Red" });
    const told = await telegram.shown((message) => message.text.startsWith("told:"));
    t.match(told.text, /"Which colour\?"="Blue"/);
    await settled(stage);
    t.equal(botTexts(stage).filter((text) => text.startsWith("told:")).length, 1);
  });

  await t.test(
    "several questions are asked one after the other, several answers may be chosen",
    async (t) => {
      const toppings = { ...colours[0], question: "Which toppings?", multiple: true };
      model.script = asking([...colours, toppings]);
      const since = telegram.mark();
      telegram.operatorSends({ text: "ask me more" });
      const card = await telegram.shown(({ text }) => text.includes("Which colour?"), { since });
      const messageId = card.message_id;
      telegram.operatorPresses({ messageId, button: "Red" });
      await telegram.shown(({ text }) => text.includes("Which toppings?"), { since });
      telegram.operatorPresses({ messageId, button: "Red" });
      await telegram.shown(({ text }) => text.includes("☑ Red"), { since });
      telegram.operatorPresses({ messageId, button: "Blue" });
      await telegram.shown(({ text }) => text.includes("☑ Blue"), { since });
      telegram.operatorPresses({ messageId, button: "Done" });
      const told = await telegram.shown((message) => message.text.startsWith("told:"), { since });
      t.match(told.text, /"Which colour\?"="Red"/);
      t.match(told.text, /"Which toppings\?"="Red, Blue"/);
      await settled(stage);
    },
  );

  await t.test("a card and its answer survive a restart of the bridge", async (t) => {
    model.script = shell("touch fifth.txt", "fifth made");
    telegram.operatorSends({ text: "make the fifth file" });
    const card = await telegram.shown((message) => message.text.includes("touch fifth.txt"));
    await sent(stage);
    await stage.stop("SIGKILL");
    telegram.operatorPresses({ messageId: card.message_id, button: "Allow once" });
    await stage.start();
    await telegram.shown((message) => message.text === "fifth made");
    const cards = botTexts(stage).filter((text) => text.includes("touch fifth.txt"));
    t.equal(cards.length, 1, "the card is shown once");
    await settled(stage);
  });

  await t.test("the terminal as a picture, and its keys", (t) => screenPoints(t, stage));
});
