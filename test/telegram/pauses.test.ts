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
  await pauses.hold({ chatId: 1000 }, until);
  t.equal(pauses.until({ chatId: 1000 }), until);
  t.equal(pauses.until({ chatId: 2000 }), 0);
  t.equal(pauses.until({ method: "getMe" }), 0);
  await pauses.hold({ chatId: 1000 }, until - 30_000);
  t.equal(pauses.until({ chatId: 1000 }), until, "a shorter pause does not end a longer one");
});

test("a pause outlives the process, and one that is over is forgotten", async (t) => {
  const kept = memory();
  const until = Date.now() + 60_000;
  const before = new Pauses(kept);
  await before.hold({ chatId: 5 }, Date.now() - 1);
  await before.hold({ chatId: 1000 }, until);
  await before.hold({ method: "getMe" }, until + 1);
  const after = new Pauses(kept);
  await after.load();
  t.equal(after.until({ chatId: 1000 }), until);
  t.equal(after.until({ method: "getMe" }), until + 1);
  t.equal(after.until({ chatId: 5 }), 0);
  await new Pauses(memory()).load();
});

test("a clock that is set back makes no pause longer, not even over a restart", async (t) => {
  const kept = memory();
  const pauses = new Pauses(kept);
  const now = Date.now();
  await pauses.hold({ chatId: 1000 }, now + 60_000);
  const hour = 60 * 60 * 1000;
  t.intercept(Date, "now", { value: () => now - 24 * hour });
  const isLike = (until: number) => Math.abs(until - (now - 24 * hour + 60_000)) < 1000;
  t.ok(isLike(pauses.until({ chatId: 1000 })));
  const after = new Pauses(kept);
  await after.load();
  t.ok(isLike(after.until({ chatId: 1000 })));
});
