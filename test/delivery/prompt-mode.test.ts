import { test } from "tap";
import { PromptModes } from "../../src/delivery/prompt-mode.ts";
import type { SessionInfo } from "../../src/opencode/client.ts";
import type { Look } from "../../src/tmux/pane.ts";
import { TmuxError } from "../../src/tmux/tmux-error.ts";
import { keptLog } from "../support/app.ts";
import { capture } from "../support/capture.ts";
import { FakeOpencode } from "../support/fake-opencode.ts";
import { siteAgent as agent } from "../support/session.ts";

const defaults = { model: "stub/own", variant: "high" };

/** The screen of an idle TUI that shows this agent of opencode. */
function screen(shown: string, fields: Partial<Look> = {}): Look {
  const view = capture("100-fresh");
  const text = view.text.replace("Build ·", `${shown} ·`);
  return { ...view, text, title: "OC | Greeting", dead: false, inMode: false, ...fields } as Look;
}

function modes(session: Partial<SessionInfo>, look?: Look | Error) {
  const client = new FakeOpencode();
  client.session = async (id) => ({ id, ...session });
  const terminals = {
    capture: async () => {
      if (look instanceof Error) throw look;
      return look;
    },
  };
  return new PromptModes({ client, terminals, defaults, log: keptLog().log });
}

const planned = { agent: "plan", model: { providerID: "stub", id: "a/b", variant: "low" } };

test("a post runs as the session's last prompt did, or as the terminal shows", async (t) => {
  const asLast = { agent: "plan", model: "stub/a/b", variant: "low" };
  t.same(await modes(planned).of(agent), asLast, "no terminal");
  t.same(await modes(planned, screen("Plan")).of(agent), asLast);
  t.same(await modes(planned, screen("Build")).of(agent), { ...asLast, agent: "build" });
  t.same(
    await modes({}, screen("Plan")).of(agent),
    { agent: "plan", ...defaults },
    "the first one",
  );
  t.same(await modes({}).of(agent), { agent: undefined, ...defaults });
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
