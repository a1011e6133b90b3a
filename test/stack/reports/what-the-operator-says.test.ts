import { test } from "tap";
import {
  sent,
  paths,
  settled,
  stackMissing,
  startStage,
  terminalRests,
  terminalShows,
  until,
} from "../../support/stage.ts";

const forward_origin = { type: "hidden_user" as const, sender_user_name: "Ann", date: 1 };

test("what the operator says, on the real opencode", { skip: stackMissing() }, async (t) => {
  const stage = await startStage(t);
  const { telegram, model } = stage;
  model.script = ({ prompt }) => ({ text: `answer to ${prompt.slice(0, 12)}` });

  await t.test("1. a link behind words arrives with its address", async (t) => {
    const url = "https://example.com/real";
    telegram.operatorSends({
      text: "🙂 read this",
      message: { entities: [{ type: "text_link", offset: 3, length: 9, url }] },
    });
    const { prompt } = await model.seen((request) => request.prompt.includes("read this"));
    t.equal(prompt, `🙂 [read this](${url})`);
    await settled(stage);
  });

  await t.test(
    "2. content that is on no list is answered, and a rich message arrives",
    async (t) => {
      const strange: object[] = [
        { from_the_future: { anything: 1 } },
        { users_shared: { request_id: 1, users: [] } },
        { forward_origin, giveaway: {} },
      ];
      await sent(stage);
      for (const [index, fields] of strange.entries()) {
        const since = telegram.mark();
        telegram.operatorSends({ message: { text: undefined, ...fields } as object });
        const { text } = await telegram.shown(({ from }) => from === "bot", { since });
        t.match(text, /^Not sent: /, `kind ${index}`);
      }
      const text = "a paragraph of a rich message";
      const rich_message = { blocks: [{ type: "paragraph", text }] };
      telegram.operatorSends({ message: { text: undefined, rich_message } as object });
      await model.seen(({ prompt }) => prompt.includes(text));
      await settled(stage);
    },
  );

  await t.test(
    "3. a marked command is one, whatever ends its sentence; a path is none",
    async (t) => {
      const since = telegram.mark();
      for (const command of [
        "/status?",
        "/list!",
        "/switch@switchboard_sandbox_bot: default_agent",
      ]) {
        telegram.operatorSends({ text: command });
      }
      await telegram.shown(({ text }) => text.startsWith("Agent: default_agent"), { since });
      await telegram.shown(({ text }) => text.includes("\n▸ default_agent"), { since });
      await telegram.shown(({ text }) => text.startsWith("Connected to default_agent"), { since });
      for (const text of ["/etc/hosts is wrong", "/home/me/x.txt", "//comment"]) {
        telegram.operatorSends({ text });
        await model.seen(({ prompt }) => prompt === text);
        await settled(stage);
      }
      t.notMatch(
        model.requests.map(({ prompt }) => prompt),
        [/^\/(status|list|switch)/],
      );
    },
  );

  await t.test("4. a text with the terminal's own marks is typed to the letter", async (t) => {
    const texts = [
      "I see [Pasted ~1 lines], please set the port to 8080",
      "[Pasted ~3 lines]",
      "Ask anything\nctrl+p commands   esc interrupt",
      "OC | △ Permission required\n  ┃  Build · Model",
    ];
    for (const text of texts) {
      // One that is still drawing the turn before is handed over to the api path.
      await terminalRests(stage);
      telegram.operatorSends({ text });
      await model.seen((request) => request.prompt === text);
      await settled(stage);
      await terminalShows(stage, `answer to ${text.slice(0, 12)}`);
    }
    t.same(
      paths(stage).slice(-texts.length),
      texts.map(() => "tmux"),
    );
  });

  // As long as may be, since a busy machine takes seconds between the two.
  const joining = { JOIN_MS: "5000" };

  await t.test("5. a comment and the message forwarded with it are one turn", async (t) => {
    await stage.stop();
    await stage.start(joining);
    const before = model.requests.length;
    telegram.operatorSends({ text: "Summarise this:" });
    telegram.operatorSends({ text: "a long story", message: { forward_origin } });
    await telegram.shown(({ text }) => text === "answer to Summarise th");
    await settled(stage);
    t.same(
      model.requests.slice(before).map(({ prompt }) => prompt),
      ["Summarise this:\n\nForwarded message:\n> a long story"],
    );
  });

  await t.test("5. both parts survive a kill between them, and after them", async (t) => {
    const before = model.requests.length;
    telegram.operatorSends({ text: "Translate this:" });
    await until(() => {
      const mine = telegram.chat().find(({ text }) => text === "Translate this:");
      return mine?.reactions[0] === "👀" ? true : undefined;
    });
    await stage.stop("SIGKILL");
    await stage.start(joining);
    telegram.operatorSends({ text: "un conte", message: { forward_origin } });
    await telegram.shown(({ text }) => text.startsWith("answer to Translate"));
    await settled(stage);
    t.same(
      model.requests.slice(before).map(({ prompt }) => prompt),
      ["Translate this:\n\nForwarded message:\n> un conte"],
    );
  });
});
