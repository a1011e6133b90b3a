import { test } from "tap";
import { Lane } from "../../src/runner/agent-loop.ts";
import { OpencodeRefused, OpencodeUnreachable } from "../../src/opencode/errors.ts";
import { keptLog } from "../support/app.ts";
import { signal } from "../support/memory.ts";

test("a lane runs one pass at a time and one more for all wakes during it", async (t) => {
  let running = 0;
  let passes = 0;
  const slow = signal();
  const second = signal();
  const lane = new Lane({
    name: "site",
    pass: async () => {
      running += 1;
      passes += 1;
      t.equal(running, 1);
      if (passes === 1) await slow.promise;
      if (passes === 2) second.resolve();
      running -= 1;
      return { againInMs: undefined };
    },
    failed: async () => undefined,
    log: keptLog().log,
  });
  lane.wake();
  lane.wake();
  lane.wake();
  slow.resolve();
  await second.promise;
  await lane.stop();
  lane.wake();
  await lane.stop();
  t.equal(passes, 2);
});

test("a lane looks again when it asked to, and after faults; a fault of the helper breaks nothing", async (t) => {
  const { kept, log } = keptLog();
  const end = signal();
  let passes = 0;
  const failed: unknown[] = [];
  t.intercept(globalThis, "setTimeout", {
    value: Object.assign((look: () => void) => setImmediate(look), { original: setTimeout }),
  });
  const lane = new Lane({
    name: "site",
    pass: async () => {
      passes += 1;
      if (passes === 1) return { againInMs: 5000 };
      if (passes === 2) throw new OpencodeUnreachable("GET /x");
      if (passes === 3) throw new OpencodeRefused("GET /x", 500);
      if (passes === 4) throw new Error("a fault of ours");
      end.resolve();
      return { againInMs: undefined };
    },
    failed: async (error) => {
      failed.push(error);
      if (failed.length === 1) throw new Error("tmux is not installed");
    },
    log,
  });
  lane.wake();
  await end.promise;
  await lane.stop();
  t.match(failed, [OpencodeUnreachable, OpencodeRefused, { message: "a fault of ours" }]);
  t.same(
    kept.entries.map(({ level, msg }) => [level, msg]),
    [
      [30, "opencode cannot be used now"],
      [50, "a failed pass could not be mended or told"],
      [30, "opencode cannot be used now"],
      [50, "a pass of an agent's lane failed"],
    ],
  );
});

test("a stopped lane leaves no timer that would look again", async (t) => {
  let passes = 0;
  const begun = signal();
  const slow = signal();
  const lane = new Lane({
    name: "site",
    pass: async () => {
      passes += 1;
      begun.resolve();
      await slow.promise;
      return { againInMs: 0 };
    },
    failed: async () => undefined,
    log: keptLog().log,
  });
  lane.wake();
  await begun.promise;
  const stopped = lane.stop();
  slow.resolve();
  await stopped;
  await new Promise((resolve) => setTimeout(resolve, 2));
  t.equal(passes, 1);
});
