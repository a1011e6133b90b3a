import { test } from "tap";
import { Proxy } from "../support/proxy.ts";
import {
  begun,
  botTexts,
  sent,
  settled,
  shell,
  stackMissing,
  startStage,
  until,
} from "../support/stage.ts";

test("what happened while nobody looked is not missed", { skip: stackMissing() }, async (t) => {
  const stage = await startStage(t, { env: { DELIVERY: "api" }, permission: { bash: "ask" } });
  const { telegram, model } = stage;
  const proxy = await Proxy.to(stage.env["OPENCODE_API_URL"] ?? "");
  t.teardown(() => proxy.close());
  const throughProxy = { OPENCODE_API_URL: proxy.url };

  /** A turn that is held until it is let go. */
  const held = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    model.script = async ({ prompt }) => {
      await promise;
      return { text: `heard: ${prompt}` };
    };
    return resolve;
  };
  const once = (text: string) => botTexts(stage).filter((shown) => shown === text).length;

  await t.test("a turn that ended while the bridge was down is told at its start", async (t) => {
    const letGo = held();
    telegram.operatorSends({ text: "long work" });
    await model.seen(({ prompt }) => prompt === "long work");
    await stage.stop("SIGKILL");
    letGo();
    await until(async () => {
      const status = await stage.opencode(`/session/status?directory=${stage.home}/work`);
      return (await status.text()) === "{}" ? true : undefined;
    });
    await stage.start(throughProxy);
    await telegram.shown(({ text }) => text === "heard: long work");
    await settled(stage);
    t.equal(once("heard: long work"), 1);
    t.equal(begun(stage, "long work"), 1);
  });

  await t.test("a stream that is open and dead hides the end of no turn", async (t) => {
    const letGo = held();
    telegram.operatorSends({ text: "under silence" });
    await model.seen(({ prompt }) => prompt === "under silence");
    proxy.freeze();
    letGo();
    await telegram.shown(({ text }) => text === "heard: under silence");
    await settled(stage);
    t.equal(once("heard: under silence"), 1);
  });

  await t.test("a stream that is cut again and again doubles nothing", async (t) => {
    const letGo = held();
    telegram.operatorSends({ text: "under cuts" });
    await model.seen(({ prompt }) => prompt === "under cuts");
    for (let n = 0; n < 5; n += 1) {
      proxy.cut();
      await until(async () => ((await fetch(`${stage.url}/readyz`)).ok ? true : undefined));
    }
    letGo();
    await telegram.shown(({ text }) => text === "heard: under cuts");
    await settled(stage);
    t.equal(once("heard: under cuts"), 1);
    t.equal(begun(stage, "under cuts"), 1);
  });

  await t.test("a card that began to wait while the bridge was down is shown once", async (t) => {
    let ask = () => undefined as void;
    const asked = new Promise<void>((resolve) => (ask = resolve));
    const script = shell("echo decided", "after the decision");
    model.script = async (request) => {
      await asked;
      return script(request);
    };
    telegram.operatorSends({ text: "needs a permission" });
    await model.seen(({ prompt }) => prompt === "needs a permission");
    await stage.stop("SIGKILL");
    ask();
    await until(async () => {
      const waiting = await stage.opencode(`/permission?directory=${stage.home}/work`);
      return ((await waiting.json()) as unknown[]).length > 0 ? true : undefined;
    });
    await stage.start(throughProxy);
    const card = await telegram.shown(({ text }) => text.includes("echo decided"));
    // Killed before Telegram's answer is noted, it would rightly show the card again, marked.
    await sent(stage);
    await stage.stop("SIGKILL");
    await stage.start(throughProxy);
    telegram.operatorPresses({ messageId: card.message_id, button: "Allow once" });
    await telegram.shown(({ text }) => text === "after the decision");
    await settled(stage);
    const cards = telegram.chat().filter(({ text }) => text.includes("echo decided"));
    t.equal(cards.length, 1);
  });

  await t.test("Telegram out of reach: all goes out in order when it is back", async (t) => {
    model.script = ({ prompt }) => ({ text: `heard: ${prompt}` });
    await sent(stage);
    const before = telegram.mark();
    await telegram.unreachable(true);
    const texts = ["one", "two", "three"];
    const messages = texts.map((text) => telegram.operatorSends({ text }).message.message_id);
    await until(() => (texts.every((text) => begun(stage, text) === 1) ? true : undefined));
    await settled(stage);
    t.equal(telegram.mark(), before, "nothing got through");
    await telegram.unreachable(false);
    await telegram.shown(({ text }) => text === "heard: three");
    await sent(stage);
    const heard = botTexts(stage).filter((text) => /^heard: (one|two|three)$/.test(text));
    t.same(heard, ["heard: one", "heard: two", "heard: three"]);
    for (const message_id of messages.slice(1)) {
      const reactions = telegram.calls.filter(
        ({ method, payload, sequence }) =>
          sequence > before &&
          method === "setMessageReaction" &&
          payload["message_id"] === message_id,
      );
      t.equal(reactions.length, 1, "of the states it went through only the last is shown");
    }
  });
});
