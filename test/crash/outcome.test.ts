import { test } from "tap";
import { ofPrompt, ofText } from "./outcome.ts";

test("what the crash runs count as lost, doubled and repeated", async (t) => {
  t.match([0, 1, 3].map(ofPrompt), [
    { lost: 1, doubled: 0 },
    { lost: 0, doubled: 0 },
    { lost: 0, doubled: 2 },
  ]);
  const shows: [string[], object][] = [
    [[], { lost: 1, doubled: 0, repeats: 0 }],
    [["x"], { lost: 0, doubled: 0, repeats: 0 }],
    [["x ↻"], { lost: 0, doubled: 0, repeats: 0 }],
    [["x", "x ↻"], { lost: 0, doubled: 0, repeats: 1 }],
    [["x", "x"], { lost: 0, doubled: 1, repeats: 0 }],
    [["x ↻", "x ↻"], { lost: 0, doubled: 1, repeats: 0 }],
    [["x", "x ↻", "x ↻"], { lost: 0, doubled: 1, repeats: 1 }],
  ];
  for (const [shown, outcome] of shows) t.same(ofText("x", shown), outcome, shown.join(", "));
});
