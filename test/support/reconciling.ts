import type { Test } from "tap";
import type { Guarded } from "../../src/delivery/tmux-path.ts";
import type { Path, Prompt, PromptKind } from "../../src/prompts/prompt.ts";
import { addPrompt } from "../../src/prompts/prompts.ts";
import { Outage } from "../../src/runner/outage.ts";
import { graph } from "./graph.ts";
import { rows } from "./memory.ts";
import { permissionRequest } from "./permission.ts";
import { newPrompt } from "./prompts.ts";
import { prompted } from "./session.ts";
import type { Decision } from "../../src/opencode/session-reader.ts";

/** A permission that the session of agent `site` waits for. */
export const permission: Decision = {
  kind: "permission",
  id: "per_1",
  request: permissionRequest({ metadata: { command: "ls" } }),
};

/** A tmux path that does as told, and notes it. */
class FakeTyping {
  #did: string[];
  #type: (text: string) => void;

  constructor(did: string[], type: (text: string) => void) {
    this.#did = did;
    this.#type = type;
  }

  guard = async (): Promise<Guarded> => ({ paneId: "%1", terminal: "works" });
  type = async (_: unknown, { text }: Prompt): Promise<string | undefined> => {
    this.#did.push(`typed ${text}`);
    this.#type(text);
    return "msg_typed";
  };
  recover = async (): Promise<string | undefined> => void this.#did.push("retracted");
}

/** Agent `site` on the app's own wiring, before an opencode and a terminal that do as told. */
export async function reconciling(t: Test, first: Path = "api", env: Record<string, string> = {}) {
  const did: string[] = [];
  const typing = new FakeTyping(did, (text) => stored.push(prompted("msg_typed", text)));
  const replaced = { tmuxPath: typing, did };
  const { app, store, opencode, controls, sessions } = await graph(t, {
    env: { DELIVERY: first, ...env },
    ...replaced,
  });
  const { stored } = opencode;
  const { agents, prompts, cards, lifecycle } = app;
  const outage = new Outage(store, 0);
  const start = () => store.write((transaction) => lifecycle.start(transaction, "site"));
  const stop = () => store.write((transaction) => lifecycle.stop(transaction, "site"));
  await start();
  let updates = 0;
  const write = async (text: string, kind: PromptKind = "text") => {
    updates += 1;
    await store.write((transaction) => addPrompt(transaction, newPrompt(updates, { text, kind })));
  };
  /** Reconciles the agent once, as its loop does. */
  const run = async () => {
    const result = await app.reconciler.reconcile((await agents.get("site"))!);
    await outage.recordSuccess("site");
    return result;
  };
  const states = async () =>
    (await rows<{ state: string }>(store, "SELECT state FROM prompts ORDER BY id")).map(
      (row) => row.state,
    );
  return {
    app,
    store,
    agents,
    prompts,
    cards,
    outage,
    sessions,
    opencode,
    controls,
    typing,
    messages: stored,
    did,
    start,
    stop,
    write,
    run,
    states,
  };
}
