import { test } from "tap";
import type { Terminals } from "../../src/agents/terminals.ts";
import { TmuxPath, type TmuxPathOptions } from "../../src/agents/tmux-path.ts";
import type { Look } from "../../src/tmux/pane.ts";
import { capture } from "../support/capture.ts";

const agent = {
  name: "site",
  directory: "/work",
  sessionId: "ses_1",
  title: "Greeting",
  yolo: false,
  state: "active",
} as const;

function look(name: string, fields: Partial<Look> = {}): Look {
  return {
    id: "%1",
    session: "site",
    dead: false,
    deadStatus: undefined,
    inMode: false,
    pid: 1,
    width: 100,
    height: 30,
    ...capture(name),
    title: `OC | ${agent.title}`,
    ...fields,
  };
}

test("only a pane that is alive, free and without a dialog may be typed into", async (t) => {
  const ensured: string[] = [];
  const guard = (seen: Look | undefined, hasDialog = false) => {
    const terminals = {
      look: async () => seen,
      ensure: async () => void ensured.push("ensured"),
      restart: async () => void ensured.push("restarted"),
    } as unknown as Terminals;
    const options = { terminals, hasDialog: async () => hasDialog };
    return new TmuxPath(options as unknown as TmuxPathOptions).guard(agent);
  };
  t.equal(await guard(look("100-fresh")), "%1");
  t.equal(await guard(look("100-fresh"), true), undefined, "a request is listed");
  t.equal(await guard(look("100-fresh", { inMode: true })), undefined, "copy mode");
  t.equal(await guard(look("100-fresh", { title: "OC | Other" })), undefined, "another session");
  t.equal(await guard(look("100-one")), undefined, "the operator's own words are in the box");
  t.equal(await guard(look("100-permission")), undefined);
  t.same(ensured, [], "none of these is a reason to touch the terminal");
  t.equal(await guard(look("100-fresh", { dead: true })), undefined);
  t.equal(await guard(undefined), undefined);
  t.equal(await guard(look("100-home", { title: "OpenCode" })), undefined);
  t.same(ensured, ["ensured", "ensured", "restarted"]);
});
