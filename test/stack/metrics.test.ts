import { test } from "tap";
import { Scrape } from "../support/scrape.ts";
import {
  paths,
  runs,
  sending,
  sent,
  settled,
  stackMissing,
  startStage,
  until,
} from "../support/stage.ts";

test(
  "after a prompt, a card, a reply, a 429 and a refused update the counts are right",
  { skip: stackMissing() },
  async (t) => {
    const stage = await startStage(t, {
      env: { METRICS: "on" },
      permission: { "*": "allow", bash: "ask" },
    });
    const { telegram, model, url } = stage;
    const read = async () => (await fetch(`${url}/metrics`)).text();
    model.script = ({ toolResults }) =>
      toolResults.length > 0 ? { text: "" } : runs(sending("It works."));
    telegram.operatorSends({ text: "does it work?" });
    const card = await telegram.shown(({ text }) => text.includes("wants to run"));
    const asking = new Scrape(await read());
    t.equal(asking.value("switchboard_cards", { kind: "permission", state: "open" }), 1);

    telegram.fault({ method: "sendMessage", kind: "429", retryAfter: 1 });
    telegram.operatorPresses({ messageId: card.message_id, button: "Allow once" });
    await telegram.shown(({ text }) => text === "It works.");
    await settled(stage);
    await sent(stage);
    telegram.operatorSends({ text: "let me in", chatId: 666 });
    const post = { method: "POST", body: "{}" };
    t.equal((await fetch(`${url}/telegram/webhook`, post)).status, 401);

    const ignored = { outcome: "ignored" };
    const text = await until(async () => {
      const now = await read();
      return new Scrape(now).value("switchboard_updates_total", ignored) === 1 ? now : undefined;
    });
    const now = new Scrape(text);
    const path = paths(stage).at(-1) ?? "";
    const limited = telegram.calls.filter(({ status }) => status === 429).length;
    t.equal(limited, 1);
    for (const [name, labels, count] of [
      ["updates_total", { outcome: "stored" }, 2],
      ["updates_total", { outcome: "refused" }, 1],
      ["updates_handled_total", { outcome: "done" }, 2],
      ["telegram_calls_total", { method: "sendMessage", result: "limited" }, 1],
      ["telegram_calls_total", { method: "sendMessage", result: "ok" }, 2],
      ["telegram_registered", {}, 1],
      ["delivery_seconds_count", { path }, 1],
      ["delivery_seconds_count", {}, 1],
      ["prompts_ended_total", { outcome: "done" }, 1],
      ["prompts_ended_total", {}, 1],
      ["turns_total", { began: "prompt", end: "finished" }, 1],
      ["turns_total", {}, 1],
      ["turn_seconds_count", {}, 1],
      ["cards_total", { kind: "permission" }, 1],
      ["cards", {}, 0],
      ["outbox_ended_total", { outcome: "failed" }, 0],
      ["outbox_calls", {}, 0],
      ["http_requests_total", { route: "/reply", status: "202" }, 1],
      ["opencode_stream_open", {}, 1],
      ["opencode_stream_opened_total", {}, 1],
      ["store_up", {}, 1],
    ] as const) {
      t.equal(now.value(`switchboard_${name}`, labels), count, `${name} ${JSON.stringify(labels)}`);
    }
    t.ok((now.value("switchboard_opencode_stream_lag_seconds") ?? 99) < 60);
    const labels = now.samples.flatMap((sample) => Object.values(sample.labels)).join(" ");
    for (const id of ["1000", "666"]) t.notOk(labels.includes(id), id);
    const hidden = ["It works", "does it", "SANDBOX", "default_agent", "ses_"];
    for (const word of hidden) t.notOk(text.includes(word), word);
  },
);
