import { join } from "node:path";
import type { Stage } from "../../sandbox/stage.ts";
import { Agents } from "../../src/agents/agents.ts";
import { Lifecycle } from "../../src/runner/lifecycle.ts";
import { Sessions } from "../../src/runner/sessions.ts";
import type { Transaction } from "../../src/store/store.ts";
import { keptLog } from "./app.ts";
import { FakeOpencode } from "./fake-opencode.ts";
import { FakeTerminals } from "./graph.ts";
import { fileStore } from "./memory.ts";
import { flatTree } from "./session.ts";

/**
 * Records what is wanted of agents while Switchboard does not run, as a command does just before a crash;
 * Switchboard then does it as it starts. opencode and the terminals go on meanwhile.
 */
export async function between<Result>(
  stage: Stage,
  work: (transaction: Transaction, lifecycle: Lifecycle) => Promise<Result>,
): Promise<Result> {
  await stage.stop();
  const store = await fileStore(join(stage.env["DATA_DIR"] ?? "", "switchboard.sqlite"));
  try {
    const agents = new Agents(store, flatTree);
    const client = new FakeOpencode();
    const terminals = new FakeTerminals([]);
    const { log } = keptLog();
    const newSession = { model: undefined, variant: undefined };
    const sessions = new Sessions({ store, agents, client, terminals, newSession, log });
    const about = { directory: stage.env["WORKSPACE_DIR"] ?? "", yolo: false, log };
    const lifecycle = new Lifecycle({ store, agents, sessions, ...about });
    return await store.write((transaction) => work(transaction, lifecycle));
  } finally {
    await store.close();
    await stage.start();
  }
}
