import { test } from "tap";
import type { ApiCall } from "../../sandbox/telegram/calls.ts";
import { ofPrompt, ofText, unheard } from "./outcome.ts";

test("what the crash runs count as lost, doubled and repeated", async (t) => {
  t.match([0, 1, 3].map(ofPrompt), [
    { lost: 1, doubled: 0 },
    { lost: 0, doubled: 0 },
    { lost: 0, doubled: 2 },
  ]);
  const shows: [string[], number, object][] = [
    [[], 1, { lost: 1, doubled: 0, repeats: 0 }],
    [["x"], 0, { lost: 0, doubled: 0, repeats: 0 }],
    [["x ↻"], 0, { lost: 0, doubled: 0, repeats: 0 }],
    [["x", "x ↻"], 0, { lost: 0, doubled: 1, repeats: 0 }],
    [["x", "x ↻"], 1, { lost: 0, doubled: 0, repeats: 1 }],
    [["x", "x"], 1, { lost: 0, doubled: 1, repeats: 0 }],
    [["x ↻", "x ↻"], 1, { lost: 0, doubled: 0, repeats: 1 }],
    [["x", "x ↻", "x ↻"], 1, { lost: 0, doubled: 1, repeats: 1 }],
    [["x", "x ↻", "x ↻"], 2, { lost: 0, doubled: 0, repeats: 2 }],
    [["x", "x", "x ↻"], 2, { lost: 0, doubled: 1, repeats: 1 }],
  ];
  for (const [shown, faults, outcome] of shows) {
    t.same(ofText("x", shown, faults), outcome, `${shown.join(", ")} after ${faults} faults`);
  }
});

test("only a reset, or a kill before the next call, excuses that a message was sent again", async (t) => {
  const call = (at: number, status: number, executed = true) =>
    ({ at, status, executed }) as ApiCall;
  const ends: [ApiCall[], number[], number][] = [
    [[call(10_000, 200)], [], 0],
    [[call(10_000, 200)], [8000], 0],
    [[call(10_000, 200)], [10_003], 1],
    [[call(10_000, 0)], [], 1],
    [[call(10_000, 0, false)], [], 0],
    [[call(10_000, 200), call(15_000, 200)], [16_000], 1],
    [[call(10_000, 0), call(15_000, 200), call(19_000, 200)], [15_001], 2],
  ];
  for (const [calls, kills, expected] of ends) t.equal(unheard(calls, kills), expected);
});
