import { test } from "tap";
import type { Decision } from "../../src/opencode/session-reader.ts";
import type { QuestionInfo } from "../../src/opencode/client.ts";
import type { FormattedText } from "../../src/chat/formatted-text.ts";
import { endingOf } from "../../src/cards/cards.ts";
import { stage, spent } from "../support/cards.ts";
import { siteAgent } from "../support/session.ts";

const option = (label: string) => ({ label, description: `about ${label}` });

const question = (id: string, ...questions: Partial<QuestionInfo>[]): Decision => ({
  kind: "question",
  id,
  request: {
    id,
    sessionID: "ses_1",
    questions: questions.map((one, index) => ({
      question: `Question ${index + 1}?`,
      header: "h",
      options: ["red", "green", "blue"].map(option),
      ...one,
    })),
  },
});

test("a question of one choice is answered by a press, or dismissed", async (t) => {
  const { cards, press, shown, buttons } = await stage(t);
  await cards.sync(siteAgent, [question("que_1", {})]);
  t.match(await shown(), [
    {
      payload: {
        text: "Card 1: site asks, in /srv\nQuestion 1?\n1. red: about red\n2. green: about green\n3. blue: about blue",
      },
    },
  ]);
  t.same([...(await buttons()).keys()], ["red", "green", "blue", "Dismiss"]);
  t.equal(await press("green"), "Answered: green");
  t.same(await cards.answered("site"), [
    { requestId: "que_1", answer: { kind: "question", answers: [["green"]] } },
  ]);
  t.equal(await press("red"), spent);

  const other = await stage(t);
  await other.cards.sync(siteAgent, [question("que_1", {})]);
  t.equal(await other.press("Dismiss"), "Dismissed.");
  t.same(await other.cards.answered("site"), [
    { requestId: "que_1", answer: { kind: "dismissal" } },
  ]);
});

test("an option without a visible label has a button all the same", async (t) => {
  const { cards, press, buttons } = await stage(t);
  await cards.sync(siteAgent, [question("que_1", { options: ["", " ", "a\uD800"].map(option) })]);
  const labels = ["1. (no label)", "2. (no label)", "3. a\\u{d800}", "Dismiss"];
  t.same([...(await buttons()).keys()], labels);
  t.equal(await press("3. a\\u{d800}"), "Answered: a\\u{d800}");
});

test("where several may be chosen, presses toggle, Done needs one, and old buttons are void", async (t) => {
  const { cards, press, pressKey, buttons, shown } = await stage(t);
  await cards.sync(siteAgent, [question("que_1", { multiple: true })]);
  t.match((await shown())[0]?.payload["text"], /Choose any, then Done\.$/);
  t.equal(await press("Done"), "Choose at least one, or Dismiss.");
  t.same(await cards.answered("site"), []);
  const first = await buttons();
  await press("red");
  t.equal(await pressKey(first.get("blue")!), spent, "a button of the card as it was");
  await press("blue");
  t.match((await shown()).at(-1)?.payload["text"], /1\. ☑ red: .*\n2\. green: .*\n3\. ☑ blue/);
  await press("☑ red");
  await press("green");
  t.same([...(await buttons()).keys()], ["red", "☑ green", "☑ blue", "Done", "Dismiss"]);
  t.equal(await press("Done"), "Answered: blue, green");
  t.same(await cards.answered("site"), [
    { requestId: "que_1", answer: { kind: "question", answers: [["blue", "green"]] } },
  ]);
});

test("several questions are asked one after another in the same message", async (t) => {
  const { cards, press, shown } = await stage(t);
  await cards.sync(siteAgent, [question("que_1", {}, { multiple: true }, {})]);
  t.equal(await press("red"), "red");
  t.match((await shown()).at(-1)?.payload["text"], /^Card 1: site asks, in \/srv\nQuestion 2\?/);
  await press("green");
  await press("blue");
  t.equal(await press("Done"), "green, blue");
  t.match((await shown()).at(-1)?.payload["text"], /site asks, in \/srv\nQuestion 3\?/);
  t.same(await cards.answered("site"), []);
  t.equal(await press("red"), "Answered: red; green, blue; red");
  t.same(await cards.answered("site"), [
    {
      requestId: "que_1",
      answer: { kind: "question", answers: [["red"], ["green", "blue"], ["red"]] },
    },
  ]);
  const edits = (await shown()).slice(1);
  t.ok(edits.every(({ method, payload }) => method === "editMessageText" && payload["message_of"]));
});

test("answers too long for Telegram's notice or for the card are shortened, not refused", async (t) => {
  const { cards, press, shown } = await stage(t);
  const options = Array.from({ length: 40 }, (_, index) => option(`${index} ${"w".repeat(56)}`));
  await cards.sync(siteAgent, [
    question("que_1", { multiple: true, options, question: "Q".repeat(500) }),
  ]);
  for (const { label } of options) await press(label);
  const notice = (await press("Done")) as string;
  t.ok(notice.length <= 200 && notice.startsWith("Answered: 0 w"), `${notice.length}`);
  const [{ answer } = { answer: undefined }] = await cards.answered("site");
  t.match(answer, { answers: [options.map(({ label }) => label)] });

  await cards.close("que_1", endingOf(answer!));
  const texts = (await shown()).map(({ payload }) => payload["text"] as string);
  t.ok(
    texts.every((text) => text.length <= 4096),
    texts.map(({ length }) => length).join(),
  );
});

test("a later question longer than a message is asked whole, in messages of its own", async (t) => {
  const { cards, press, shown } = await stage(t);
  const long = "long? ".repeat(900).trim();
  await cards.sync(siteAgent, [question("que_1", {}, { question: long }, {})]);
  await press("red");
  const [, closed, ...asked] = await shown();
  t.match(closed, {
    method: "editMessageText",
    payload: { reply_markup: { inline_keyboard: [] } },
  });
  t.equal(asked.length, 2);
  const body = asked
    .map(({ payload }) => String(payload["text"]).replace(/^Card .*\n/, ""))
    .join(" ");
  t.match(body, `${long}\n1. red`);
  await press("green");
  t.match((await shown()).at(-1)?.payload, {
    message_of: asked[1]?.id,
    text: /site asks, in \/srv\nQuestion 3\?/,
  });
  t.equal(await press("blue"), "Answered: red; green; blue");
});

test("the agent's Markdown of a question is shown formatted, and its hidden characters are not", async (t) => {
  const { cards, shown } = await stage(t);
  const text = "Run **all** of\n```sh\nmake\n```\nbefore\u202e?";
  await cards.sync(siteAgent, [question("que_1", { question: text })]);
  const [asked] = await shown();
  const { text: body, entities } = asked!.payload as unknown as FormattedText;
  t.match(body, /\nRun all of\n\nmake\n\nbefore\\u\{202e\}\?\n1\. red/);
  t.same(
    entities.map(({ type, offset, length }) => [type, body.slice(offset, offset + length)]),
    [
      ["bold", "all"],
      ["pre", "make"],
    ],
  );
});

test("a request that asks nothing can be dismissed", async (t) => {
  const { cards, press, buttons, shown } = await stage(t);
  await cards.sync(siteAgent, [question("que_1")]);
  t.match((await shown()).at(-1)?.payload, { text: /The question is empty\.$/ });
  t.same([...(await buttons()).keys()], ["Dismiss"]);
  t.equal(await press("Dismiss"), "Dismissed.");
  t.same(await cards.answered("site"), [{ requestId: "que_1", answer: { kind: "dismissal" } }]);
});
