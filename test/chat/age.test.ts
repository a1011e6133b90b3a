import { test } from "tap";
import { ageInWords, isOld, oldAfterMs, withAge } from "../../src/chat/age.ts";

const minute = 60_000;

test("an age is said in minutes, hours and days", async (t) => {
  const ages: [number, string][] = [
    [0, "under 1 min"],
    [minute, "1 min"],
    [14 * minute + 59_999, "14 min"],
    [60 * minute, "1 h"],
    [200 * minute, "3 h 20 min"],
    [50 * 60 * minute, "2 days"],
  ];
  for (const [ms, words] of ages) t.equal(ageInWords(ms), words);
});

test("only what is older than ten minutes says its age; what comes from the future does not", async (t) => {
  t.notOk(isOld(0, oldAfterMs));
  t.ok(isOld(0, oldAfterMs + 1));
  t.notOk(isOld(10 * oldAfterMs, 0));
  t.equal(withAge("hello", 0, 14 * minute), "[sent 14 min ago]\nhello");
  t.equal(withAge("hello", 0, 9 * minute), "hello");
});
