import { test } from "tap";
import { pageButtons, pageOf } from "../../src/bot/pages.ts";

const seven = [1, 2, 3, 4, 5, 6, 7];

test("a list is shown in pages; a number outside of it is the nearest page", async (t) => {
  t.same(pageOf(seven, 1, 3), { items: [1, 2, 3], number: 1, count: 3 });
  t.same(pageOf(seven, 3, 3), { items: [7], number: 3, count: 3 });
  t.same(pageOf(seven, 99, 3), { items: [7], number: 3, count: 3 });
  for (const odd of [0, -1, NaN, 1.5, Infinity]) t.equal(pageOf(seven, odd, 3).number, 1, `${odd}`);
  t.same(pageOf([], 1, 3), { items: [], number: 1, count: 1 });
});

test("buttons lead to the pages that there are", async (t) => {
  const labels = (number: number, count: number) =>
    pageButtons({ number, count }, "history", (page) => `${page}`).map((row) =>
      row.map(({ label, argument }) => `${label} ${argument}`),
    );
  t.same(labels(1, 1), []);
  t.same(labels(1, 3), [["More › 2"]]);
  t.same(labels(2, 3), [["‹ Back 1", "More › 3"]]);
  t.same(labels(3, 3), [["‹ Back 2"]]);
});
