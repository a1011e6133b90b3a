import { test } from "tap";
import { PromptModes } from "../../src/delivery/prompt-mode.ts";
import type { SessionInfo } from "../../src/opencode/client.ts";
import type { Look } from "../../src/tmux/pane.ts";
import { TmuxError } from "../../src/tmux/tmux-error.ts";
import { keptLog } from "../support/app.ts";
import { capture } from "../support/capture.ts";
import { FakeOpencode, knownSessions } from "../support/fake-opencode.ts";
import { siteAgent as agent } from "../support/session.ts";

const defaults = { model: "stub/own", variant: "high" };

/** The screen of an idle TUI that shows this agent of opencode. */
function screen(shown: string, fields: Partial<Look> = {}): Look {
  const view = capture("100-fresh");
  const text = view.text.replace("Build ·", `${shown} ·`);
  return { ...view, text, title: "OC | Greeting", dead: false, inMode: false, ...fields } as Look;
}

function modes(session: Partial<SessionInfo>, look?: Look | Error | Look[], own = defaults) {
  const client = new FakeOpencode();
  client.session = async (id) => ({ id, ...session });
  const terminals = {
    capture: async () => {
      if (look instanceof Error) throw look;
      return Array.isArray(look) ? look.shift() : look;
    },
  };
  const agents = { followChoice: async () => undefined, retitle: async () => undefined };
  const isAsked = async () => false;
  const { log } = keptLog();
  return new PromptModes({
    agents,
    client: knownSessions(client),
    catalog: client,
    terminals,
    defaults: own,
    isAsked,
    log,
  });
}

const planned = { agent: "plan", model: { providerID: "stub", id: "a/b", variant: "low" } };

test("a post runs as the session's last prompt did, or as the terminal shows", async (t) => {
  const asLast = { agent: "plan", model: "stub/a/b", variant: "low" };
  t.same(await modes(planned).of(agent), asLast, "no terminal");
  t.same(await modes(planned, screen("Plan")).of(agent), asLast);
  t.same(await modes(planned, screen("Build")).of(agent), { ...asLast, agent: "build" });
  const drawn = [screen("Build", { cursorX: 40, cursorY: 3 }), screen("Build")];
  t.same(
    await modes(planned, drawn).of(agent),
    { ...asLast, agent: "build" },
    "half of its frame was drawn when it was looked at",
  );
  t.same(
    await modes({}, screen("Plan")).of(agent),
    { agent: "plan", ...defaults },
    "the first one",
  );
  t.same(await modes({}).of(agent), { agent: undefined, ...defaults });
});

const ranOwn = { agent: "build", model: { providerID: "stub", id: "own", variant: "high" } };

/** The screen of a TUI whose box shows this model. */
const showing = (model: string) => {
  const look = screen("Build");
  return { ...look, text: look.text.replace("stub stub", model) };
};

test("a post runs by the model and variant that the terminal shows, once they can be told", async (t) => {
  const shown: [string, object][] = [
    ["Second Stub · low", { model: "stub/a/b", variant: "low" }],
    ["Second Stub", { model: "stub/a/b", variant: undefined }],
    ["Own Stub", { model: "stub/own", variant: undefined }],
    ["Twin Stub", { model: "stub/own", variant: "high" }],
    ["Nothing Known", { model: "stub/own", variant: "high" }],
  ];
  for (const [text, expected] of shown) {
    t.same(await modes(ranOwn, showing(text)).of(agent), { agent: "build", ...expected }, text);
  }
});

test("before the first prompt the configured model runs, and is posted while the terminal shows another", async (t) => {
  const { agent: _, ...fresh } = planned;
  const first = modes(fresh, showing("Second Stub"));
  t.same(await first.of(agent), { agent: "build", ...defaults });
  t.equal(await first.isShown(agent), false);
  t.equal(await modes(fresh, showing("Own Stub · high")).isShown(agent), true);
  t.equal(await modes(planned, showing("Second Stub")).isShown(agent), true, "chosen there since");
});

test("a model or variant that does not exist is not named while there is another", async (t) => {
  const gone = { agent: "build", model: { providerID: "stub", id: "gone" } };
  t.same(await modes(gone, showing("Deep Stub")).of(agent), {
    agent: "build",
    model: "other/deep",
    variant: undefined,
  });
  t.match(await modes(gone).of(agent), defaults, "what was configured");
  const own = { model: "stub/also-gone", variant: "high" };
  t.match(
    await modes(gone, undefined, own).of(agent),
    { model: "other/deep", variant: undefined },
    "opencode's own",
  );
  const odd = { ...ranOwn, model: { ...ranOwn.model, variant: "extreme" } };
  t.match(await modes(odd).of(agent), { model: "stub/own", variant: undefined });
});

const choice = {
  mode: "plan",
  model: "stub/a/b",
  variant: "low",
  at: 1000,
  shownMode: undefined,
  shownModel: undefined,
};
const chosen = { agent: "plan", model: "stub/a/b", variant: "low" };

test("what was chosen for an agent runs, and is posted while the terminal shows something else", async (t) => {
  const site = { ...agent, choice };
  const build = modes(ranOwn, showing("Own Stub · high"));
  t.same(await build.of(site), chosen);
  t.equal(await build.isShown(site), false);
  const look = showing("Second Stub · low");
  t.equal(await modes(ranOwn, look).isShown(site), false, "another mode");
  const plan = { ...look, text: look.text.replace("Build ·", "Plan ·") };
  t.equal(await modes(ranOwn, plan).isShown(site), true);
  t.equal(await modes(ranOwn).isShown(site), false, "it cannot be read");
  t.same(await modes(ranOwn).of(site), chosen);
  const onlyVariant = { ...choice, mode: undefined, model: undefined };
  t.same(await modes(ranOwn).of({ ...agent, choice: onlyVariant }), {
    agent: "build",
    model: "stub/own",
    variant: undefined,
  });
});

test("a choice that does not exist is skipped", async (t) => {
  const gone = { ...choice, mode: "gone", model: "stub/gone" };
  t.same(await modes(ranOwn).of({ ...agent, choice: gone }), {
    agent: "build",
    model: "stub/own",
    variant: "high",
  });
  const odd = { ...choice, variant: "extreme" };
  t.match(await modes(ranOwn).of({ ...agent, choice: odd }), {
    model: "stub/a/b",
    variant: undefined,
  });
});

test("a resumed session is recognised in the terminal only while no other has its title", async (t) => {
  const resumed = { ...agent, hasOwnTitle: false };
  const none = { model: undefined, variant: undefined };
  const client = new FakeOpencode();
  let look = screen("Build");
  const retitled: string[] = [];
  const agents = {
    followChoice: async () => undefined,
    retitle: async (...about: string[]) => void retitled.push(about.join(" ")),
  };
  const reading = new PromptModes({
    agents,
    client: knownSessions(client),
    catalog: client,
    terminals: { capture: async () => look },
    defaults: none,
    isAsked: async () => false,
    log: keptLog().log,
  });
  const own = { id: "ses_1", title: "Greeting" };
  client.titled = async () => [own, { id: "ses_2", title: "Greeting again" }];
  t.equal(await reading.isShown(resumed), true);
  client.titled = async () => [own, { id: "ses_2", title: "Greeting" }];
  t.equal(await reading.isShown(resumed), false);
  client.titled = async () => Array.from({ length: 50 }, () => own);
  t.equal(await reading.isShown(resumed), false, "there may be more");
  t.equal(await reading.isShown(agent), true, "a title of ours is its own");

  client.titled = async () => [own];
  client.session = async (id) => ({ id, title: "Another by now" });
  t.equal(await reading.isShown(resumed), false);
  look = screen("Build", { title: "OC | Another by now" });
  t.equal(await reading.isShown(resumed), false, "the terminal shows it already");
  t.same(retitled, ["site ses_1 Another by now", "site ses_1 Another by now"]);
  t.equal(await reading.isShown({ ...resumed, title: "Another by now" }), true);
});

test("what cannot be read, or is another session's, chooses nothing", async (t) => {
  for (const look of [
    screen("Build", { title: "OC | Another session" }),
    screen("Build", { dead: true }),
    screen("Build", { inMode: true }),
    screen("Of the future"),
    new TmuxError("timeout", "tmux took too long"),
  ]) {
    t.match(await modes(planned, look).of(agent), { agent: "plan" });
  }
});
