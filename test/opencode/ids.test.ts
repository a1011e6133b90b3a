import { test } from "tap";
import { newId } from "../../src/opencode/ids.ts";

test("an id has opencode's shape, carries its time, and never comes twice", async (t) => {
  const ids = Array.from({ length: 10_000 }, () => newId("msg", 1_700_000_000_000));
  t.equal(new Set(ids).size, ids.length);
  t.ok(ids.every((id) => /^msg_[0-9a-f]{12}[0-9A-Za-z]{14}$/.test(id)));
  t.match(newId("prt"), /^prt_[0-9a-f]{12}[0-9A-Za-z]{14}$/);
  t.same(ids.slice(0, 4000), ids.slice(0, 4000).toSorted(), "in order within a millisecond");
  const low48 = (1_700_000_000_001n * 4096n + 1n) % 2n ** 48n;
  t.equal(newId("msg", 1_700_000_000_001).slice(4, 16), low48.toString(16).padStart(12, "0"));
  t.ok(newId("msg", 1) > newId("msg", 0));
});
