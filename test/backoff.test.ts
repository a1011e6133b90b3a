import { test } from "tap";
import { pauseAfter } from "../src/backoff.ts";

test("pauses grow to half a minute and no further", async (t) => {
  t.same(
    [1, 2, 3, 5, 6, 50].map((attempts) => pauseAfter(attempts)),
    [1000, 2000, 4000, 16_000, 30_000, 30_000],
  );
});
