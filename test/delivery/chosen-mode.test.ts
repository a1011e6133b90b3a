import { test } from "tap";
import type { Choice } from "../../src/agents/agent.ts";
import { ChosenModes, type SeenMode } from "../../src/delivery/chosen-mode.ts";
import { FakeOpencode } from "../support/fake-opencode.ts";
import { prompted, siteAgent } from "../support/session.ts";

const none = { mode: undefined, model: undefined, variant: undefined };
const unseen = { shownMode: undefined, shownModel: undefined };
const second = { model: "stub/a/b", variant: "low" };
const own = { model: "stub/own", variant: undefined };
const ranOwn = { agent: "build", model: { providerID: "stub", id: "own" } };

/** Follows one choice over all that is seen; what came of it each time. */
function following(chosen: Partial<Choice>, isAsked = false) {
  let choice: Choice = { ...none, ...unseen, at: 1000, ...chosen };
  const client = new FakeOpencode();
  const agents = {
    followChoice: async (_: string, at: number, next: Choice) => {
      if (choice.at === at) choice = next;
    },
  };
  const modes = new ChosenModes({ agents, client, isAsked: async () => isAsked });
  const see = (seen: Partial<SeenMode>, last: object = ranOwn) => {
    const all = { session: { id: "ses_1", ...last }, mode: undefined, model: undefined, ...seen };
    return modes.follow({ ...siteAgent, choice }, all);
  };
  return { client, see };
}

test("a choice holds while the terminal shows what it showed", async (t) => {
  const { see } = following({ mode: "plan", ...second });
  for (const _ of [1, 2]) {
    t.match(await see({ mode: "build", model: own }), { mode: "plan", ...second });
  }
  t.match(await see({}), { mode: "plan", ...second }, "it cannot be read");
  t.match(await see({ mode: "build", model: own }), { mode: "plan", ...second });
});

test("what the terminal shows once it changed replaces that part of the choice, for good", async (t) => {
  const { see } = following({ mode: "plan", ...second });
  await see({ mode: "build", model: own });
  const other = { model: "other/deep", variant: undefined };
  t.match(await see({ mode: "build", model: other }), { mode: "plan", ...other });
  t.match(await see({}), { mode: "plan", ...other });
  t.match(await see({ mode: "docs", model: other }), { mode: "docs", ...other });
  const mode = following({ mode: "plan" });
  await mode.see({ mode: "build", model: own });
  t.match(await mode.see({ mode: "build", model: other }), { mode: "plan", model: undefined });
});

test("after the choice was shown, what was shown before it counts as chosen anew", async (t) => {
  const { see } = following({ mode: "plan" });
  await see({ mode: "build" });
  t.match(await see({ mode: "plan" }), { mode: "plan" });
  t.match(await see({ mode: "build" }), { mode: "build" });
});

test("the first prompt of a session makes the terminal show the choice", async (t) => {
  const { see } = following({ mode: "plan", ...second });
  t.match(await see({ mode: "build", model: own }, {}), { mode: "plan", ...second });
  const ran = { agent: "plan", model: { providerID: "stub", id: "a/b", variant: "low" } };
  t.match(await see({ mode: "build", model: own }, ran), { mode: "build", ...own });
});

test("a newer prompt that did not come from the chat is the newest choice", async (t) => {
  const typed = following({ mode: "plan" });
  typed.client.stored.push(prompted("msg_1", "typed", 2000));
  t.match(await typed.see({ mode: "build" }), { mode: "build", at: 2000 });
  const older = following({ mode: "plan" });
  older.client.stored.push(prompted("msg_1", "typed", 500));
  t.match(await older.see({ mode: "build" }), { mode: "plan" });
  const ours = following({ mode: "plan" }, true);
  ours.client.stored.push(prompted("msg_1", "ours", 2000));
  t.match(await ours.see({ mode: "build" }), { mode: "plan" }, "it was on its way");
});
