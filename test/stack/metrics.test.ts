import { readFileSync } from "node:fs";
import { test } from "tap";
import { Scrape } from "../support/scrape.ts";
import {
  paths,
  runs,
  sending,
  sent,
  settled,
  stackMissing,
  type Stage,
  startStage,
  until,
} from "../support/stage.ts";

async function scrape(stage: Stage): Promise<{ text: string; now: Scrape }> {
  const answer = await fetch(`${stage.url}/metrics`);
  const text = await answer.text();
  return { text, now: new Scrape(text) };
}

test(
  "after a prompt, a card, a reply, a 429 and a refused update the counts are right",
  { skip: stackMissing() },
  async (t) => {
    const stage = await startStage(t, {
      env: { METRICS: "on" },
      permission: { "*": "allow", bash: "ask" },
    });
    const { telegram, model } = stage;
    model.script = ({ toolResults }) =>
      toolResults.length > 0 ? { text: "" } : runs(sending("It works."));
    telegram.operatorSends({ text: "does it work?" });
    const card = await telegram.shown(({ text }) => text.includes("wants to run"));
    const asking = (await scrape(stage)).now;
    t.equal(asking.value("switchboard_cards", { kind: "permission", state: "open" }), 1);
    t.equal(asking.value("switchboard_prompts", { state: "running" }), 1);

    telegram.fault({ method: "sendMessage", kind: "429", retryAfter: 1 });
    telegram.press(card, "Allow once");
    await telegram.shown(({ text }) => text === "It works.");
    await settled(stage);
    await sent(stage);
    telegram.operatorSends({ text: "let me in", user: { id: 666, first_name: "Mallory" } });
    const post = { method: "POST", body: "{}" };
    t.equal((await fetch(`${stage.url}/telegram/webhook`, post)).status, 401);

    const { text, now } = await until(async () => {
      const read = await scrape(stage);
      return read.now.value("switchboard_updates_total", { outcome: "ignored" }) ? read : undefined;
    });
    console.error(text);
  },
);
