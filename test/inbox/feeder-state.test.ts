import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { feederProblem, forgetFeeder, recordFeeder } from "../../src/inbox/feeder-state.ts";
import { tempDir } from "../support/app.ts";

const notRunning = /^updates are not pulled; run npm run pull/;

test("a feeder counts as running until the time that it named, and tells its own problem", async (t) => {
  const dir = tempDir(t);
  t.match(feederProblem(dir, 1000), notRunning);
  recordFeeder(dir, { until: 2000 });
  t.equal(feederProblem(dir, 1000), undefined);
  t.match(feederProblem(dir, 2001), notRunning, "it was killed, or hangs");
  recordFeeder(dir, { until: 3000, problem: "Telegram refuses the token." });
  t.equal(feederProblem(dir, 2001), "Telegram refuses the token.");
  forgetFeeder(dir);
  t.match(feederProblem(dir, 2001), notRunning);
  forgetFeeder(dir);
});

test("a record that cannot be read says nothing", async (t) => {
  const dir = tempDir(t);
  for (const text of ["", '{"until":', "null", "[]", '{"until":"x"}', '{"problem":3}']) {
    writeFileSync(join(dir, "pull.json"), text);
    t.match(feederProblem(dir, 1000), notRunning, text);
  }
});
