import { test } from "tap";
import { ofPrompt, ofText } from "./outcome.ts";

test("what the crash runs count as lost, doubled and repeated", async (t) => {
  t.match([0, 1, 3].map(ofPrompt), [
    { lost: 1, doubled: 0 },
    { lost: 0, doubled: 0 },
    { lost: 0, doubled: 2 },
  ]);
  const shows: [string[], number, object][] = [
    [[], 1, { lost: 1, doubled: 0, repeats: 0 }],
    [["x"], 1, { lost: 0, doubled: 0, repeats: 0 }],
    [["x ↻"], 1, { lost: 0, doubled: 0, repeats: 0 }],
    [["x", "x ↻"], 1, { lost: 0, doubled: 0, repeats: 1 }],
    [["x", "x"], 1, { lost: 0, doubled: 1, repeats: 0 }],
    [["x", "x"], Infinity, { lost: 0, doubled: 1, repeats: 0 }],
    [["x", "x ↻", "x ↻"], 1, { lost: 0, doubled: 1, repeats: 2 }],
    [["x", "x ↻", "x ↻"], Infinity, { lost: 0, doubled: 0, repeats: 2 }],
  ];
  for (const [shown, mostRepeats, outcome] of shows) {
    t.same(ofText("x", shown, mostRepeats), outcome, shown.join(", "));
  }
});
