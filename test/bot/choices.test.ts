import { test } from "tap";
import { choose } from "../../src/agents/choice.ts";
import { conversation } from "../../src/chat/conversation.ts";
import { choiceButtons, nameButtons, nearestButtons } from "../../src/bot/choices.ts";
import { chat } from "../support/bot-chat.ts";
import { outboxRows } from "../support/memory.ts";
import { giveSession } from "../support/session.ts";

type Chat = Awaited<ReturnType<typeof chat>>;

/** The labels of the buttons that were shown last. */
async function labels({ store }: Chat): Promise<string[]> {
  const { payload } = (await outboxRows(store)).findLast((row) => row.payload["reply_markup"])!;
  const { inline_keyboard: lines } = payload["reply_markup"] as {
    inline_keyboard: { text: string }[][];
  };
  return lines.flat().map(({ text }) => text);
}

const past = (model: string | undefined, updatedAt: number) => {
  return { id: `ses_${updatedAt}`, title: "t", directory: "/srv", createdAt: 1, updatedAt, model };
};

test("/model lists the models used last first, then the others by provider", async (t) => {
  const all = await chat(t, { OPENCODE_MODEL: "stub/own" });
  const { write, press, store, start, agents, controls } = all;
  const usual = ["Own · Stub", "Second · Stub", "Twin · Stub", "Twin · Stub", "Deep · Stub"];
  await write("/model");
  t.same(await labels(all), usual, "the one in use, and nothing else was used");
  controls.history = async () => ({
    sessions: [
      past("other/deep", 9),
      past(undefined, 8),
      past("gone/gone", 7),
      past("stub/twin", 6),
    ],
    next: undefined,
  });
  await write("/model");
  t.same(await labels(all), [
    "Own · Stub",
    "Deep · Stub",
    "Twin · Stub",
    "Second · Stub",
    "Twin · Stub",
  ]);
  await start("site");
  await giveSession(agents, "site", "ses_2");
  await store.write((transaction) => choose(transaction, "site", { model: "stub/a/b" }, 8));
  await write("/model");
  t.same((await labels(all)).slice(0, 4), [
    "Own · Stub",
    "Deep · Stub",
    "Second · Stub",
    "Twin · Stub",
  ]);
  await write("/model stub");
  t.same((await labels(all)).slice(0, 4), [
    "Own · Stub",
    "Deep · Stub",
    "Second · Stub",
    "Twin · Stub",
  ]);

  controls.history = async () => Promise.reject(new Error("opencode is down"));
  await press("Deep · Stub");
  await press("Second · Stub");
  await write("/model");
  t.same(
    (await labels(all)).slice(0, 3),
    ["Second · Stub", "Deep · Stub", "Own · Stub"],
    "what was chosen, and what ran before, whatever opencode tells",
  );
});

test("a model whose id has spaces is chosen by its button", async (t) => {
  const all = await chat(t);
  const { write, press, opencode, agents } = all;
  const models = { "--page 2": { name: "Odd" }, "my model": { name: "Mine" } };
  opencode.providers = async () => [{ id: "own", name: "Own", models }];
  await write("/model");
  await press("Odd · Own");
  t.match((await agents.get("default_agent"))?.choice, { model: "own/--page 2" });
  await press("Mine · Own");
  t.match((await agents.get("default_agent"))?.choice, { model: "own/my model" });
});

test("a typo after /model, /mode or /variant is answered with the nearest names as buttons", async (t) => {
  const all = await chat(t, { OPENCODE_MODEL: "stub/own" });
  const { write, press, agents } = all;
  t.same(await write("/model secnd"), ["No model has “secnd” in its name. Did you mean Second?"]);
  t.same(await labels(all), ["Second · Stub", "All models"]);
  t.same(await write("/model zzzzzz"), ["No model has “zzzzzz” in its name. Look at all of them."]);
  t.same(await labels(all), ["All models"]);
  t.same(await write("/mode plam"), ["opencode has no mode “plam”. Did you mean plan?"]);
  t.same(await labels(all), ["plan"]);
  await press("plan");
  t.match((await agents.get("default_agent"))?.choice, { mode: "plan" });
  t.same(await write("/mode zzzzzz"), ["opencode has no mode “zzzzzz”. Choose one of these:"]);
  t.same(await labels(all), ["build", "plan"]);
  t.same(await write("/variant hihg"), ["The model has no variant “hihg”. Choose one of these:"]);
  t.same(await labels(all), ["the default", "high"]);
  t.same(await write("/variant hig"), ["The model has no variant “hig”. Did you mean high?"]);
  await press("high");
  t.match((await agents.get("default_agent"))?.choice, { variant: "high" });
});

test("every agent can be reached by the buttons of /switch, in pages", async (t) => {
  const all = await chat(t);
  const { write, press, start, conversations } = all;
  const names = Array.from({ length: 33 }, (_, index) => `agent${index + 10}`);
  for (const name of names) await start(name);
  t.same(await write("/switch"), ["Which agent do you want to talk to?"]);
  const seen = new Set(await labels(all));
  for (const _ of [1, 2]) {
    await press("More ›");
    for (const label of await labels(all)) seen.add(label);
  }
  t.same([...seen].filter((label) => label.startsWith("agent")).toSorted(), names);
  t.same((await labels(all)).slice(-1), ["‹ Back"]);
  t.match(await press("agent42"), [/^Connected to agent42\./, ""]);
  t.equal(await conversations.agentOf(conversation(1000)), "agent42");
});

test("a list of names is shown in pages, what comes first on the first of them", async (t) => {
  const names = Array.from({ length: 14 }, (_, index) => `mode${index + 1}`);
  const items = nameButtons("mode", names);
  const first = [{ label: "usual", command: "mode", argument: "--none" }];
  const shown = (page?: number) =>
    choiceButtons({ command: "mode", items, first }, page).map((row) =>
      row.map(({ label, argument }) => (label === argument ? label : `${label}: ${argument}`)),
    );
  t.same(shown()[0], ["usual: --none"]);
  t.same(shown().at(-1), ["More ›: --page 2"]);
  t.same(shown(2), [["mode13"], ["mode14"], ["‹ Back: --page 1"]]);
  const near = nearestButtons({ command: "mode", items, first }, "mod7");
  t.same(near[0], [{ label: "mode7", command: "mode", argument: "mode7" }]);
});
