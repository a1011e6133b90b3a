import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { keptSetting } from "../../src/store/kept-setting.ts";
import { Settings } from "../../src/store/settings.ts";
import { SqliteDatabase } from "../../src/store/sqlite.ts";
import { Store } from "../../src/store/store.ts";
import { putEmptyStore } from "../support/migrated.ts";

test("a fact is read beside a process that has the store open, and after it", async (t) => {
  const folder = t.testdir({});
  const path = join(folder, "switchboard.sqlite");
  await putEmptyStore(path);
  const store = await Store.open(new SqliteDatabase(path));
  await new Settings(store).set("colour", "green");
  t.equal(keptSetting(path, "colour"), "green");
  t.equal(keptSetting(path, "shape"), undefined);
  await store.close();
  t.equal(keptSetting(path, "colour"), "green");
  t.same(readdirSync(folder), ["switchboard.sqlite"], "nothing is left behind");
});

test("without a store, or with a damaged one, nothing is known", async (t) => {
  const path = join(t.testdir({}), "switchboard.sqlite");
  t.equal(keptSetting(path, "colour"), undefined);
  writeFileSync(path, "no database");
  t.equal(keptSetting(path, "colour"), undefined);
});
