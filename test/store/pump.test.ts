import { test } from "tap";
import { LanePump } from "../../src/store/pump.ts";
import { keptLog } from "../support/app.ts";
import { signal } from "../support/memory.ts";

interface Job {
  lane: string;
  name: string;
}

/** A queue in memory: a job leaves it when it is done, as a row leaves the open states. */
function queue(jobs: Job[]) {
  const heads = (busy: ReadonlySet<string>) => {
    const lanes = new Set(jobs.map(({ lane }) => lane));
    return [...lanes].flatMap((lane) =>
      busy.has(lane) ? [] : (jobs.find((job) => job.lane === lane) ?? []),
    );
  };
  return {
    take: async (busy: ReadonlySet<string>) => heads(busy),
    done: (job: Job) => void jobs.splice(jobs.indexOf(job), 1),
  };
}

const job = (name: string): Job => ({ lane: name.charAt(0), name });

test("one lane goes in order, one at a time, and lanes go side by side", async (t) => {
  const { take, done } = queue(["a1", "a2", "b1", "a3", "b2"].map(job));
  const seen: string[] = [];
  const slow = signal();
  const bDone = signal();
  const allDone = signal();
  const pump = new LanePump<Job>({
    take,
    run: async (one) => {
      seen.push(`${one.name} begins`);
      if (one.name === "a1") await slow.promise;
      done(one);
      seen.push(`${one.name} ends`);
      if (one.name === "b2") bDone.resolve();
      if (one.name === "a3") allDone.resolve();
    },
    log: keptLog().log,
  });
  t.teardown(() => pump.stop());
  pump.wake();
  pump.wake();
  await bDone.promise;
  t.notOk(seen.includes("a2 begins"), "what is behind the slow one waits");
  slow.resolve();
  await allDone.promise;
  const of = (lane: string) => seen.filter((event) => event.startsWith(lane));
  t.same(
    of("a"),
    ["a1", "a2", "a3"].flatMap((name) => [`${name} begins`, `${name} ends`]),
  );
  t.same(
    of("b"),
    ["b1", "b2"].flatMap((name) => [`${name} begins`, `${name} ends`]),
  );
});

test("a run or a look that fails is logged and tried again after a pause", async (t) => {
  const { take, done } = queue([job("a1"), job("b1")]);
  const { kept, log } = keptLog();
  let runs = 0;
  let looks = 0;
  const end = signal();
  const pump = new LanePump<Job>({
    take: async (busy) => {
      looks += 1;
      if (looks === 1) throw new Error("locked");
      return take(busy);
    },
    run: async (one) => {
      if (one.lane === "b") return done(one);
      runs += 1;
      if (runs < 3) throw new Error("broken");
      done(one);
      end.resolve();
    },
    log,
    faultPauseMs: 1,
  });
  t.teardown(() => pump.stop());
  pump.wake();
  await end.promise;
  t.equal(runs, 3);
  t.same(
    kept.entries.map(({ msg }) => msg),
    [
      "cannot read the queue; trying again",
      "an item failed unexpectedly",
      "an item failed unexpectedly",
    ],
  );
});

test("stop waits for what is in hand, cuts pauses short and begins nothing more", async (t) => {
  const { take, done } = queue(["a1", "a2", "b1"].map(job));
  const seen: string[] = [];
  const begun = signal();
  const slow = signal();
  const pump = new LanePump<Job>({
    take,
    run: async (one) => {
      seen.push(one.name);
      if (one.lane === "b") throw new Error("then a pause of an hour");
      begun.resolve();
      await slow.promise;
      done(one);
      seen.push(`${one.name} ends`);
    },
    log: keptLog().log,
    faultPauseMs: 3_600_000,
  });
  pump.wake();
  await begun.promise;
  const stopped = pump.stop().then(() => seen.push("stopped"));
  slow.resolve();
  await stopped;
  await pump.stop();
  pump.wake();
  await new Promise(setImmediate);
  t.same(seen, ["a1", "b1", "a1 ends", "stopped"]);
});
