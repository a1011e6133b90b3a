import { test } from "tap";
import {
  type ChatSettings,
  chatSettings,
  chooseSettings,
  moveSettings,
} from "../../src/chat-settings/chat-settings.ts";
import { conversation } from "../../src/chat/conversation.ts";
import type { Store } from "../../src/store/store.ts";
import { graph } from "../support/graph.ts";
import { memoryStore } from "../support/memory.ts";

const here = conversation(-5);
const topic = conversation(-5, 7);
const usual = { format: "classic", verbosity: "normal", drafts: true, voice: false };

const of = (store: Store, place = here) =>
  store.read((transaction) => chatSettings(transaction, place));
const choose = (store: Store, chosen: Partial<ChatSettings>, place = here) =>
  store.write((transaction) => chooseSettings(transaction, place, chosen));

test("what was not chosen comes from the environment of the last start", async (t) => {
  const store = await memoryStore(t);
  t.same(await of(store), usual);
  await graph(t, { store, env: { FORMAT: "auto", VERBOSITY: "quiet" } });
  t.same(await of(store), { format: "auto", verbosity: "quiet", drafts: true, voice: false });
  await choose(store, { verbosity: "verbose" });
  t.same(await of(store), { format: "auto", verbosity: "verbose", drafts: true, voice: false });
  await graph(t, { store });
  t.same(await of(store), { ...usual, verbosity: "verbose" }, "and what was chosen stays");
});

test("a conversation and each of its topics have settings of their own, chosen one by one", async (t) => {
  const store = await memoryStore(t);
  await choose(store, { drafts: false });
  await choose(store, { format: "rich" }, topic);
  t.same(await of(store), { ...usual, drafts: false });
  t.same(await of(store, topic), { ...usual, format: "rich" });
  await choose(store, { drafts: true, format: "auto" });
  await choose(store, { format: "classic" }, topic);
  t.same(await of(store), { ...usual, format: "auto" });
  t.same(await of(store, topic), usual);
  t.same(await of(store, conversation(1000)), usual);
});

test("the settings of a group follow it to its new id, unless it chose some there", async (t) => {
  const store = await memoryStore(t);
  const move = (from: string, to: string) =>
    store.write((transaction) => moveSettings(transaction, from, to));
  await choose(store, { format: "rich" });
  await move("-5", "-1005");
  t.same(await of(store), usual);
  t.same(await of(store, conversation(-1005)), { ...usual, format: "rich" });
  await choose(store, { format: "auto" });
  await move("-5", "-1005");
  t.same(await of(store, conversation(-1005)), { ...usual, format: "rich" });
});
