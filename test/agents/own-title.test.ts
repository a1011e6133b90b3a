import { test } from "tap";
import { ownTitle, titledFor } from "../../src/agents/own-title.ts";

test("no two sessions of an agent get the same title, however soon they follow", async (t) => {
  const now = Date.UTC(2026, 10, 26);
  const titles = [ownTitle("site", now)];
  while (titles.length < 5) titles.push(ownTitle("site", now, titles.at(-1)));
  titles.push(ownTitle("site", now + 10_000, titles.at(-1)));
  t.equal(new Set(titles).size, 6);
  t.ok(ownTitle("x".repeat(32), now).length <= 40, "a terminal shows it whole");
});

test("a title of ours tells whose session it was, and no other does", async (t) => {
  t.equal(titledFor(ownTitle("Web-Site_1", Date.UTC(2026, 10, 26))), "Web-Site_1");
  for (const title of [
    "Fix the login",
    "site",
    "site t2abc4 and more",
    "a b t2abc4",
    "fix server",
  ]) {
    t.equal(titledFor(title), undefined, title);
  }
});
