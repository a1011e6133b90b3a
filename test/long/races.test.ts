import { test } from "tap";
import { race } from "../support/races.ts";

const times = 2000;

for (const what of ["fifo", "link", "folder"] as const) {
  test(`a file that is exchanged for a ${what} while it is taken neither leaks nor hangs`, async (t) => {
    const { sent, refused, leaks, hangs } = await race(t, what, times);
    t.comment(`${what}: ${sent} sent, ${refused} refused`);
    t.same({ leaks, hangs }, { leaks: 0, hangs: 0 });
    t.equal(sent + refused, times);
    t.ok(sent > 0 && refused > 0, "both sides of the exchange were met");
  });
}
