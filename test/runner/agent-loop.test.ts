import { test } from "tap";
import { AgentLoop } from "../../src/runner/agent-loop.ts";
import { OpencodeRefused, OpencodeUnreachable } from "../../src/opencode/errors.ts";
import { keptLog } from "../support/app.ts";
import { signal } from "../support/memory.ts";

test("a loop reconciles once at a time, and once more for all wakes during it", async (t) => {
  let running = 0;
  let runs = 0;
  const slow = signal();
  const second = signal();
  const loop = new AgentLoop({
    name: "site",
    reconcile: async () => {
      running += 1;
      runs += 1;
      t.equal(running, 1);
      if (runs === 1) await slow.promise;
      if (runs === 2) second.resolve();
      running -= 1;
      return { againInMs: undefined };
    },
    onFailure: async () => undefined,
    log: keptLog().log,
  });
  loop.wake();
  loop.wake();
  loop.wake();
  slow.resolve();
  await second.promise;
  await loop.stop();
  loop.wake();
  await loop.stop();
  t.equal(runs, 2);
});

test("a loop reconciles again after a pause and after failures; a fault in handling one breaks nothing", async (t) => {
  const { kept, log } = keptLog();
  const end = signal();
  let runs = 0;
  const failed: unknown[] = [];
  t.intercept(globalThis, "setTimeout", {
    value: Object.assign((look: () => void) => setImmediate(look), { original: setTimeout }),
  });
  const loop = new AgentLoop({
    name: "site",
    reconcile: async () => {
      runs += 1;
      if (runs === 1) return { againInMs: 5000 };
      if (runs === 2) throw new OpencodeUnreachable("GET /x");
      if (runs === 3) throw new OpencodeRefused("GET /x", 500);
      if (runs === 4) throw new Error("a fault of ours");
      end.resolve();
      return { againInMs: undefined };
    },
    onFailure: async (error) => {
      failed.push(error);
      if (failed.length === 1) throw new Error("tmux is not installed");
    },
    log,
  });
  loop.wake();
  await end.promise;
  await loop.stop();
  t.match(failed, [OpencodeUnreachable, OpencodeRefused, { message: "a fault of ours" }]);
  t.same(
    kept.entries.map(({ level, msg }) => [level, msg]),
    [
      [30, "opencode cannot be used now"],
      [50, "a failure could not be handled"],
      [30, "opencode cannot be used now"],
      [50, "an agent could not be reconciled"],
    ],
  );
});

test("a stopped loop leaves no timer", async (t) => {
  let runs = 0;
  const begun = signal();
  const slow = signal();
  const loop = new AgentLoop({
    name: "site",
    reconcile: async () => {
      runs += 1;
      begun.resolve();
      await slow.promise;
      return { againInMs: 0 };
    },
    onFailure: async () => undefined,
    log: keptLog().log,
  });
  loop.wake();
  await begun.promise;
  const stopped = loop.stop();
  slow.resolve();
  await stopped;
  await new Promise((resolve) => setTimeout(resolve, 2));
  t.equal(runs, 1);
});
