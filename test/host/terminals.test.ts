import { test } from "tap";
import { Terminals } from "../../src/host/terminals.ts";
import type { Look } from "../../src/tmux/pane.ts";
import { TmuxError } from "../../src/tmux/tmux-error.ts";
import { keptLog } from "../support/app.ts";
import { fakeTmux } from "../support/fake-tmux.ts";
import { siteAgent as agent } from "../support/session.ts";

const look = (id: string, fields: Partial<Look> = {}) =>
  ({ id, session: "site", dead: false, text: `screen of ${id}`, ...fields }) as Look;

function terminals() {
  const { tmux, did } = fakeTmux();
  const { kept, log } = keptLog();
  const about = { opencodeBin: "opencode", opencodeUrl: "http://127.0.0.1:5050", env: {} };
  return { tmux, did, kept, terminals: new Terminals({ tmux, ...about, log }) };
}

test("a terminal is created when it is missing, restarted when it is dead, and else left alone", async (t) => {
  const { tmux, did, terminals: all } = terminals();
  await all.ensure(agent);
  tmux.pane = async () => look("%1", { dead: true });
  await all.ensure(agent);
  tmux.pane = async () => look("%1");
  await all.ensure(agent);
  t.same(did, ["new site", "respawn %1"]);
  await all.restart(agent);
  t.same(did.at(-1), "respawn %1", "however alive it is");
});

test("a terminal is found again after its pane was replaced by another one's", async (t) => {
  const { tmux, terminals: all } = terminals();
  tmux.pane = async () => look("%1");
  tmux.look = async (id) => look(id);
  t.match(await all.capture("site"), { id: "%1" });
  tmux.pane = async () => look("%2");
  tmux.look = async (id) => look(id, { session: id === "%1" ? "other" : "site" });
  t.match(await all.capture("site"), { id: "%2" }, "its number belongs to another session now");
  tmux.look = async (id) => {
    if (id === "%2") throw new TmuxError("gone", "no pane");
    return look(id);
  };
  tmux.pane = async () => look("%3");
  t.equal(await all.screen("site"), "screen of %3");
});

test("a tmux that cannot be used is no terminal, and closing it is logged", async (t) => {
  const { tmux, kept, terminals: all } = terminals();
  const broken = async (): Promise<never> => {
    throw new TmuxError("not-installed", "tmux is missing");
  };
  Object.assign(tmux, { pane: broken, killSession: broken });
  t.equal(await all.screen("site"), undefined);
  await all.close("site");
  t.match(
    kept.entries.map(({ msg }) => msg),
    ["a terminal could not be read", "a terminal could not be closed"],
  );
  tmux.killSession = async () => {
    throw new TypeError("a bug");
  };
  await t.rejects(all.close("site"), TypeError);
});

test("a terminal gets the new name of its agent, and is ended where it cannot", async (t) => {
  const { tmux, did, terminals: all } = terminals();
  tmux.renameSession = async (from, to) => {
    did.push(`${from} is ${to}`);
    return true;
  };
  tmux.killSession = async (name) => {
    did.push(`killed ${name}`);
    return true;
  };
  await all.rename("site", "shop");
  t.same(did, ["site is shop"]);
  tmux.renameSession = async () => {
    throw new TmuxError("failed", "duplicate session");
  };
  await all.rename("site", "shop");
  t.same(did, ["site is shop", "killed site"]);
});
