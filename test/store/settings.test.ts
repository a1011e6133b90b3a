import { test } from "tap";
import { addSetting, Settings, takeSettings } from "../../src/store/settings.ts";
import { memoryStore } from "../support/memory.ts";

test("a setting is added once, replaced by set, and taken by exactly its prefix", async (t) => {
  const store = await memoryStore(t);
  const settings = new Settings(store);
  const add = (key: string, value: string) =>
    store.write((transaction) => addSetting(transaction, key, value));
  t.same([await add("a_1", "x"), await add("a_1", "y")], [true, false]);
  t.equal(await settings.get("a_1"), "x");
  await settings.set("a_1", "z");
  await add("ab1", "of another prefix");
  await add("a%1", "of another prefix");
  t.same(await store.write((transaction) => takeSettings(transaction, "a_")), ["z"]);
  t.equal(await settings.get("a_1"), undefined);
  t.equal(await settings.get("ab1"), "of another prefix");
});
