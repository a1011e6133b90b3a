import { test, type Test } from "tap";
import { chooseSettings } from "../../src/chat-settings/chat-settings.ts";
import { conversation } from "../../src/chat/conversation.ts";
import { giveSession } from "../support/session.ts";
import { telegramChat } from "../support/telegram-chat.ts";
import { until } from "../support/until.ts";

/** A chat that talks to `site`, which says something; the operator goes over to another agent meanwhile. */
async function leaving(t: Test) {
  const chat = await telegramChat(t);
  const { app, telegram, start, agents, write } = chat;
  await start("site");
  await giveSession(agents, "site", "ses_2");
  await write("/switch site");
  const say = (text: string) => {
    const about = { idempotencyKey: undefined, digest: "d", session: undefined, call: undefined };
    return app.replies.accept("site", {
      text,
      files: [],
      silent: false,
      isProgram: false,
      ...about,
    });
  };
  /** Resolves once Telegram has answered so many calls with 429. */
  const limited = (count: number) =>
    until(() => {
      const met = telegram.calls.filter(
        ({ method, outcome }) => method === "sendMessage" && outcome === "fault",
      );
      return met.length >= count ? true : undefined;
    });
  /** What site said, in the order of the chat. */
  const heard = () =>
    chat
      .said()
      .map(({ text }) => text)
      .filter((text) => /word/.test(text));
  return { ...chat, say, limited, heard };
}

test("words whose formatting was refused name their agent when they go out after a switch", async (t) => {
  const { telegram, say, limited, heard, rest, write } = await leaving(t);
  const description = "Bad Request: can't parse entities";
  telegram.fault({ kind: "refuse", status: 400, description, method: "sendMessage" });
  telegram.fault({ kind: "429", retryAfter: 1, method: "sendMessage" });
  await say("some **words**");
  await limited(2);
  await write("/switch default_agent");
  await rest();
  t.same(heard(), ["❖ site:\nsome words"]);
});

test("the messages that stand for a refused rich one each name their agent as it is then", async (t) => {
  const { telegram, store, say, limited, heard, rest, labels, write } = await leaving(t);
  await store.write((transaction) =>
    chooseSettings(transaction, conversation(1000), { format: "rich" }),
  );
  const description = "Bad Request: rich message is not for us";
  const long = `# Title\n\n${"words ".repeat(600)}\n\n${"more words ".repeat(300)}`;
  telegram.fault({ kind: "refuse", status: 400, description, method: "sendRichMessage" });
  await say(long);
  await rest();
  t.match(heard(), [/^Title/, /^more words/], "it is the one that is talked to");
  telegram.fault({ kind: "refuse", status: 400, description, method: "sendRichMessage" });
  telegram.fault({ kind: "429", retryAfter: 1, method: "sendMessage" });
  await say(long);
  await limited(1);
  await write("/switch default_agent");
  await rest();
  t.match(heard().slice(2), [/^❖ site:\nTitle/, /^❖ site:\nmore words/]);
  t.same(labels(), ["Switch to site"], "below the last of them");
});
