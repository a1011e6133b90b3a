import { test } from "tap";
import {
  botTexts,
  sent,
  settled,
  stackMissing,
  startStage,
  terminalReady,
  until,
} from "../support/stage.ts";
import { apart, growing, hasStop, liveCalls, whole, withStop } from "../support/stage-live.ts";

const head = /^default_agent: /;
const line = /^[✓■✗] default_agent/;

test("a running turn is shown on the real opencode", { skip: stackMissing() }, async (t) => {
  const stage = await startStage(t, { env: { VERBOSITY: "normal", DELIVERY: "api" } });
  const { telegram, model } = stage;
  const ends = async () => {
    await settled(stage);
    await until(() =>
      telegram.chat().some(({ reply_markup }) => hasStop(reply_markup)) ? undefined : true,
    );
    await sent(stage);
  };

  // opencode loads its plugins during the first turn, and tells of its text only after that.
  model.script = () => ({ text: "warm" });
  telegram.operatorSends({ text: "warm up" });
  await telegram.shown(({ text }) => text === "warm", { timeoutMs: 90_000 });
  await ends();

  await t.test("an answer grows as a draft and comes as one message", async (t) => {
    const answer = growing(200, 20);
    const before = botTexts(stage).length;
    model.script = () => answer;
    const since = telegram.mark();
    telegram.operatorSends({ text: "write a lot" });
    const message = await withStop(stage);
    t.match(message.text, head);
    const draft = await until(() => telegram.drafts()[0]);
    t.match(draft.text, /^word0 word1 /);
    const other = telegram.operatorSends({ text: "and this after that" });
    await telegram.called(
      "setMessageReaction",
      ({ payload }) => payload["message_id"] === other.message.message_id,
    );
    t.equal(telegram.drafts().length, 1, "the operator writes while it grows");
    await telegram.shown(({ text }) => text === whole(answer));
    await ends();
    const calls = liveCalls(stage, since);
    t.ok(calls.length > 1);
    t.ok(apart(calls) >= 950, `${apart(calls)} ms between two`);
    t.same(telegram.drafts(), []);
    t.equal(botTexts(stage).filter((text) => text === whole(answer)).length, 2, "one of each");
    const lines = botTexts(stage).slice(before);
    t.match(lines[0], /^✓ default_agent · stub\/stub · .* · 15 tokens$/);
  });

  await t.test(
    "Stop on the live message ends its turn, and one that comes too late nothing",
    async (t) => {
      await stage.stop();
      await stage.start();
      await terminalReady(stage);
      model.script = () => growing(3000, 20, "long");
      telegram.operatorSends({ text: "write for a minute" });
      const message = await withStop(stage);
      const since = telegram.mark();
      telegram.operatorPresses({ messageId: message.message_id, button: "Stop" });
      await telegram.shown(({ text }) => text.includes("Turn stopped."), { since });
      const { update } = telegram.operatorPresses({
        messageId: message.message_id,
        button: "Stop",
      });
      const answer = growing(100, 20, "next");
      model.script = () => answer;
      telegram.operatorSends({ text: "and now this" });
      await telegram.acknowledged(update.update_id);
      await telegram.shown(({ text }) => text === whole(answer));
      await ends();
      const end = telegram.chat().find(({ message_id }) => message_id === message.message_id);
      t.match(end?.text, /^■ default_agent, stopped/);
    },
  );

  await t.test("Telegram's own Stop ends the turn of its draft, and no later one", async (t) => {
    model.script = () => growing(3000, 20, "more");
    telegram.operatorSends({ text: "write once more" });
    const draft = await until(() => telegram.drafts()[0]);
    const since = telegram.mark();
    const { update } = telegram.operatorStops();
    await telegram.shown(({ text }) => text.includes("Turn stopped."), { since });
    t.same(telegram.drafts(), []);
    const answer = growing(400, 20, "again");
    model.script = () => answer;
    telegram.operatorSends({ text: "go on with that" });
    await until(() => telegram.drafts().find(({ draft_id }) => draft_id !== draft.draft_id));
    telegram.post({ ...update, update_id: update.update_id + 1000 });
    await telegram.shown(({ text }) => text === whole(answer));
    await ends();
  });

  await t.test("a model that is down is shown with its next try, and comes back", async (t) => {
    let isDown = true;
    model.script = () => (isDown ? { fail: 503 } : { text: "Here again." });
    telegram.operatorSends({ text: "are you there?" });
    const shown = await telegram.shown(({ text }) => /, next try in \d+ s ·/.test(text));
    t.match(shown.text, /^default_agent: (model overloaded|model unreachable), next try/);
    isDown = false;
    await telegram.shown(({ text }) => text === "Here again.");
    await ends();
  });

  await t.test(
    "killed in mid-stream, it leaves one answer and no live message behind",
    async (t) => {
      const answer = growing(400, 20, "kept");
      model.script = () => answer;
      const since = telegram.chat().length;
      telegram.operatorSends({ text: "write while I am gone" });
      await withStop(stage);
      await until(() => telegram.drafts()[0]);
      await stage.stop("SIGKILL");
      await stage.start();
      await telegram.shown(({ text }) => text === whole(answer));
      await ends();
      const shown = telegram
        .chat()
        .slice(since)
        .filter(({ from }) => from === "bot");
      t.equal(shown.filter(({ text }) => text === whole(answer)).length, 1);
      t.equal(shown.filter(({ text }) => line.test(text)).length, 1);
      t.equal(shown.filter(({ text }) => head.test(text)).length, 0);
    },
  );

  // The last: that chat has no drafts for a minute.
  await t.test("a 429 on a draft does not delay the answer", async (t) => {
    const answer = growing(150, 20, "late");
    model.script = () => answer;
    telegram.fault({ kind: "429", retryAfter: 60, method: "sendMessageDraft" });
    const start = Date.now();
    telegram.operatorSends({ text: "write and be limited" });
    await telegram.shown(({ text }) => text === whole(answer));
    t.ok(Date.now() - start < 30_000);
    await ends();
    t.equal(botTexts(stage).filter((text) => text === whole(answer)).length, 1);
    t.same(telegram.drafts(), []);
  });
});
