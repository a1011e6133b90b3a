import { test } from "tap";
import type { FastifyInstance } from "fastify";
import type { DeliveryEvents, FallbackReason } from "../../src/delivery/delivery.ts";
import { TmuxError } from "../../src/tmux/tmux-error.ts";
import { reconciling } from "../support/reconciling.ts";
import { giveSession, prompted } from "../support/session.ts";

/** What delivery tells from now on. */
function deliveriesOf({ delivery }: Pick<FastifyInstance, "delivery">) {
  const told: DeliveryEvents["delivered"][0][] = [];
  delivery.on("delivered", (one) => told.push(one));
  return told;
}

const unguarded = { paneId: undefined, terminal: "works" } as const;

test("what cannot be typed, or did not arrive, goes by the api path under its own id", async (t) => {
  const cases: [
    string,
    string,
    (typing: Awaited<ReturnType<typeof reconciling>>["typing"]) => void,
    string[],
    FallbackReason,
  ][] = [
    ["a command", "/model x", () => undefined, ["posted /model x"], "text"],
    [
      "a guard that fails",
      "x",
      (typing) => (typing.guard = async () => unguarded),
      ["posted x"],
      "not ready",
    ],
    [
      "a dialog of what is left over",
      "x",
      (typing) => (typing.guard = async () => ({ paneId: undefined, terminal: "asks" })),
      ["posted x"],
      "asks",
    ],
    [
      "a terminal that cannot be read",
      "x",
      (typing) => {
        typing.guard = async () => {
          throw new TmuxError("no-server", "no server");
        };
      },
      ["posted x"],
      "tmux failed",
    ],
    [
      "a paste that did not arrive",
      "x",
      (typing) => (typing.type = async () => undefined),
      ["posted x"],
      "not taken",
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
      "tmux failed",
    ],
  ];
  for (const [name, text, break_, expected, reason] of cases) {
    const { write, run, did, typing, prompts, app } = await reconciling(t, "tmux");
    const told = deliveriesOf(app);
    break_(typing);
    await write(text);
    const { messageId } = (await prompts.head("site"))!;
    await run();
    t.same(did, expected, name);
    t.match(await prompts.head("site"), { state: "running", path: "api", messageId }, name);
    t.match(told, [{ path: "api", fallback: reason }], name);
    t.equal(told.length, 1);
  }
  const typed = await reconciling(t, "tmux");
  const told = deliveriesOf(typed.app);
  await typed.write("typed");
  await typed.run();
  t.match(await typed.prompts.head("site"), {
    state: "running",
    path: "tmux",
    messageId: "msg_typed",
  });
  t.match(told, [{ path: "tmux", fallback: undefined, ms: Number }]);
});

test("a prompt that is not typed for another reason, or never is, is told as that", async (t) => {
  const { write, run, prompts, agents, app } = await reconciling(t, "tmux");
  const told = deliveriesOf(app);
  t.intercept(app.promptModes, "isShown", { value: async () => false });
  await write("x");
  await run();
  await write("and this");
  const next = (await prompts.lane("site")).waiting[0]!;
  const agent = (await agents.get("site")) as Parameters<typeof app.delivery.deliver>[0];
  await app.delivery.deliver(agent, next, { isSentNow: true });
  t.same(
    told.map(({ fallback }) => fallback),
    ["mode", "sent now"],
  );
  const api = await reconciling(t, "api");
  const posted = deliveriesOf(api.app);
  await api.write("/model x");
  await api.run();
  t.match(posted, [{ path: "api", fallback: undefined }], "with DELIVERY=api nothing falls back");
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
  const told = deliveriesOf(lost.app);
  await lost.run();
  t.same(lost.did, ["retracted", "posted x"], "never typed a second time");
  t.match(told, [{ path: "api", fallback: "again" }]);

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
