import { test, type Test } from "tap";
import { Agents } from "../../src/agents/agents.ts";
import { AgentLife, type AgentLifeOptions } from "../../src/runner/lifecycle.ts";
import { OpencodeUnreachable } from "../../src/opencode/errors.ts";
import { TmuxError } from "../../src/tmux/tmux-error.ts";
import { keptLog } from "../support/app.ts";
import { memoryStore } from "../support/memory.ts";
import { giveSession } from "../support/session.ts";

/** A running agent before an opencode and a terminal that note what they are asked, or fail. */
async function running(t: Test, faults: { abort?: Error; end?: Error } = {}) {
  const did: string[] = [];
  const doing = (what: string, fault: Error | undefined) => async () => {
    did.push(what);
    if (fault) throw fault;
  };
  const agents = new Agents(memoryStore(t));
  await agents.start("site", "/work", false);
  await giveSession(agents, "site", "ses_1");
  const life = new AgentLife({
    agents,
    client: { abort: doing("aborted", faults.abort) },
    terminals: { end: doing("closed", faults.end) },
    log: keptLog().log,
  } as unknown as AgentLifeOptions);
  return { did, stop: async () => life.stop((await agents.get("site"))!) };
}

test("a stop ends the turn and the terminal, and again when it is run again", async (t) => {
  const { did, stop } = await running(t);
  t.same(await stop(), { dropped: 0, isTurnEnded: true, isClosed: true });
  await stop();
  t.same(did, ["aborted", "closed", "aborted", "closed"]);
});

test("a stop does what it can and tells what it could not", async (t) => {
  const noTmux = await running(t, { end: new TmuxError("not-installed", "tmux is missing") });
  t.match(await noTmux.stop(), { isTurnEnded: true, isClosed: false });
  t.same(noTmux.did, ["aborted", "closed"]);
  const noOpencode = await running(t, { abort: new OpencodeUnreachable("POST /abort") });
  t.match(await noOpencode.stop(), { isTurnEnded: false, isClosed: true });
  t.same(noOpencode.did, ["aborted", "closed"]);
  await t.rejects((await running(t, { end: new TypeError("a bug") })).stop(), TypeError);
});
