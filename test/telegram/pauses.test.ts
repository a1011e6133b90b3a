import { test } from "tap";
import { Pauses } from "../../src/telegram/pauses.ts";

function memory() {
  const values = new Map<string, string>();
  return {
    get: async (key: string) => values.get(key),
    set: async (key: string, value: string) => void values.set(key, value),
  };
}

test("a chat is held until the time is over, and no other chat with it", async (t) => {
  const pauses = new Pauses(memory());
  const until = Date.now() + 60_000;
  await pauses.hold(1000, until);
  t.equal(pauses.until(1000), until);
  t.equal(pauses.until(2000), 0);
  t.equal(pauses.until(undefined), 0, "a call without a chat");
  await pauses.hold(1000, until - 30_000);
  t.equal(pauses.until(1000), until, "a shorter pause does not end a longer one");
});

test("a pause outlives the process, and one that is over is forgotten", async (t) => {
  const kept = memory();
  const until = Date.now() + 60_000;
  const before = new Pauses(kept);
  await before.hold(5, Date.now() - 1);
  await before.hold(1000, until);
  await before.hold(-100, until + 1);
  const after = new Pauses(kept);
  await after.load();
  t.same([after.until(1000), after.until(-100), after.until(5)], [until, until + 1, 0]);
  await new Pauses(memory()).load();
});
