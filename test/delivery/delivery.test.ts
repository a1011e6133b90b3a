import { test } from "tap";
import { TmuxError } from "../../src/tmux/tmux-error.ts";
import { reconciling } from "../support/reconciling.ts";
import { giveSession, prompted } from "../support/session.ts";

const unguarded = { paneId: undefined, terminal: "works" } as const;

test("what cannot be typed, or did not arrive, goes by the api path under its own id", async (t) => {
  const cases: [
    string,
    string,
    (typing: Awaited<ReturnType<typeof reconciling>>["typing"]) => void,
    string[],
  ][] = [
    ["a command", "/model x", () => undefined, ["posted /model x"]],
    ["a guard that fails", "x", (typing) => (typing.guard = async () => unguarded), ["posted x"]],
    [
      "a terminal that cannot be read",
      "x",
      (typing) => {
        typing.guard = async () => {
          throw new TmuxError("no-server", "no server");
        };
      },
      ["posted x"],
    ],
    [
      "a paste that did not arrive",
      "x",
      (typing) => (typing.type = async () => undefined),
      ["posted x"],
    ],
    [
      "a terminal that dies in the middle",
      "x",
      (typing) => {
        typing.type = async () => {
          throw new TmuxError("gone", "gone");
        };
      },
      ["retracted", "posted x"],
    ],
  ];
  for (const [name, text, break_, expected] of cases) {
    const { write, run, did, typing, prompts } = await reconciling(t, "tmux");
    break_(typing);
    await write(text);
    const { messageId } = (await prompts.head("site"))!;
    await run();
    t.same(did, expected, name);
    t.match(await prompts.head("site"), { state: "running", path: "api", messageId }, name);
  }
  const typed = await reconciling(t, "tmux");
  await typed.write("typed");
  await typed.run();
  t.match(await typed.prompts.head("site"), {
    state: "running",
    path: "tmux",
    messageId: "msg_typed",
  });
});

test("after a crash a prompt is looked for before anything is sent again", async (t) => {
  const api = await reconciling(t);
  await api.write("x");
  const prompt = (await api.prompts.head("site"))!;
  await giveSession(api.agents, "site", "ses_1");
  await api.prompts.attempt(prompt, { path: "api", sessionId: "ses_1" });
  api.messages.push(prompted(prompt.messageId, "x"));
  await api.run();
  t.same(api.did, []);
  t.match(await api.prompts.head("site"), { state: "running", messageId: prompt.messageId });

  const lost = await reconciling(t, "tmux");
  await lost.write("x");
  const other = (await lost.prompts.head("site"))!;
  await giveSession(lost.agents, "site", "ses_1");
  await lost.prompts.attempt(other, {
    path: "tmux",
    sessionId: "ses_1",
    afterMessageId: undefined,
  });
  await lost.run();
  t.same(lost.did, ["retracted", "posted x"], "never typed a second time");

  const seen = await reconciling(t, "tmux");
  await seen.write("x");
  const third = (await seen.prompts.head("site"))!;
  await giveSession(seen.agents, "site", "ses_1");
  await seen.prompts.attempt(third, {
    path: "tmux",
    sessionId: "ses_1",
    afterMessageId: undefined,
  });
  seen.typing.recover = async () => "msg_found";
  await seen.run();
  t.same(seen.did, []);
  t.match(await seen.prompts.head("site"), { state: "running", messageId: "msg_found" });
});

test("an agent stopped while a prompt is on its way does not work on it", async (t) => {
  const early = await reconciling(t, "tmux");
  await early.write("x");
  early.typing.guard = async () => {
    await early.stop();
    return { paneId: "%1", terminal: "works" };
  };
  await early.run();
  t.same(early.did, [], "neither typed nor posted");

  const failing = await reconciling(t, "tmux");
  await failing.write("x");
  failing.typing.type = async () => {
    await failing.stop();
    throw new TmuxError("gone", "the terminal was closed");
  };
  await failing.run();
  t.same(failing.did, [], "not posted in its place");

  for (const first of ["tmux", "api"] as const) {
    const late = await reconciling(t, first);
    await late.write("x");
    const { prompt } = late.opencode;
    late.opencode.prompt = async (...given) => {
      await prompt(...given);
      await late.stop();
    };
    const { type } = late.typing;
    late.typing.type = async (...given) => {
      const id = await type(...given);
      await late.stop();
      return id;
    };
    await late.run();
    t.match(late.did, [/x$/, "aborted"], first);
    t.same(await late.states(), ["cancelled"]);
  }
});
