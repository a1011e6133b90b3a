import type { Test } from "tap";
import { Agents } from "../../src/agents/agents.ts";
import { Lifecycle } from "../../src/runner/lifecycle.ts";
import { Sessions } from "../../src/runner/sessions.ts";
import { keptLog } from "./app.ts";
import type { Transaction } from "../../src/store/store.ts";
import { FakeOpencode } from "./fake-opencode.ts";
import { FakeTerminals } from "./graph.ts";
import { memoryStore } from "./memory.ts";
import { flatTree, startWith } from "./session.ts";

/** A running agent before an opencode and a terminal that note what they are asked. */
export async function running(t: Test) {
  const store = await memoryStore(t);
  const agents = new Agents(store, flatTree);
  await startWith(store, "site", "ses_1");
  const client = new FakeOpencode();
  const terminals = new FakeTerminals(client.did);
  terminals.close = async () => void client.did.push("closed");
  terminals.ensure = async ({ name }) => void client.did.push(`opened ${name}`);
  terminals.rename = async (from, to) => void client.did.push(`${from} is ${to}`);
  const { log } = keptLog();
  const newSession = { model: undefined, variant: undefined };
  const sessions = new Sessions({ store, agents, client, terminals, newSession, log });
  const about = { directory: "/srv", yolo: false, log };
  const lifecycle = new Lifecycle({ store, agents, sessions, ...about });
  const get = async () => (await agents.get("site"))!;
  const stop = () => store.write((transaction) => lifecycle.stop(transaction, "site"));
  const start = () => store.write((transaction) => lifecycle.start(transaction, "site"));
  const write = <Result>(work: (transaction: Transaction) => Promise<Result>) => store.write(work);
  return { store, agents, client, terminals, sessions, lifecycle, write, get, stop, start };
}
