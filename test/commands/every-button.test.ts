import { test, type Test } from "tap";
import { type CommandAction, commandPurpose } from "../../src/buttons/command-buttons.ts";
import { conversation } from "../../src/chat/conversation.ts";
import { Work } from "../../src/inbox/worker.ts";
import { addChoices, choicePurpose } from "../../src/replies/choices.ts";
import { enqueueReply } from "../../src/replies/enqueue-reply.ts";
import { faultsOfTexts } from "../support/answers.ts";
import { type Chat, fullChat } from "../support/full-chat.ts";
import { type CallRow, change, outboxRows, rows } from "../support/memory.ts";
import { openGate } from "../support/sending.ts";
import { press } from "../support/updates.ts";

const spent = "This button no longer works.";
const dayMs = 24 * 60 * 60_000;

/** A button, by the command that shows it, or what an agent says, and its place among those that are shown. */
interface Shown {
  written: string;
  index: number;
  action: CommandAction;
  once: boolean;
}

interface Row {
  key: string;
  action: string;
  once: number;
}

const buttons = ({ store }: Chat) =>
  rows<Row>(
    store,
    "SELECT * FROM buttons WHERE purpose IN (?, ?) ORDER BY rowid",
    commandPurpose,
    choicePurpose,
  );

const agentsWords = "an agent's words";
/** What a task answers with a button. */
const asPhoto = "/get picture";

/** An agent that the chat does not talk to says something in the turn of the operator, with buttons. */
async function speak({ store, app }: Chat): Promise<void> {
  const speech = { agent: "site", session: "ses_2", operator: 1000 };
  await store.write(async (transaction) => {
    const place = { ...speech, conversation: "1000" };
    const choices = await addChoices(transaction, ["Ship it", "Wait"], place);
    const answer = {
      messages: [{ text: "Ship it?", entities: [] }],
      document: undefined,
      rich: undefined,
    };
    const reply = { id: "reply", share: "site", answer, files: [], silent: false };
    await enqueueReply(transaction, conversation(1000), { ...reply, speech, choices });
  });
  for (;;) {
    const taken = await app.outbox.take(new Set(), openGate);
    if (taken.length === 0) return;
    for (const message of taken) await app.outbox.sent(message, 8);
  }
}

/** Gives a command, or has an agent speak. */
async function begin(all: Chat, written: string): Promise<void> {
  if (written === agentsWords) await speak(all);
  else await all.write(written);
  if (written === asPhoto) await all.runTasks();
}

/** The buttons of all commands, one of each kind where a message shows many alike. */
async function shownButtons(t: Test): Promise<Shown[]> {
  const { app } = await fullChat(t);
  const found = new Map<string, Shown>();
  for (const { name } of app.commands) {
    for (const argument of ["", "old", "sit", "site", "2"]) {
      const all = await fullChat(t);
      const written = `/${name} ${argument}`.trim();
      await all.write(written);
      for (const [index, { action: stored, once }] of (await buttons(all)).entries()) {
        const action = JSON.parse(stored) as CommandAction;
        const wish = /^--\w+/.exec(action.argument)?.[0];
        const kind = [name, action.command, action.edits, once, wish].join(" ");
        if (!found.has(kind)) found.set(kind, { written, index, action, once: once === 1 });
      }
    }
  }
  const photo = await fullChat(t);
  await begin(photo, asPhoto);
  const [asFile, ...more] = await buttons(photo);
  t.same(more, []);
  const asExact = JSON.parse(asFile?.action ?? "{}") as CommandAction;
  found.set(asPhoto, { written: asPhoto, index: 0, action: asExact, once: false });
  const all = await fullChat(t);
  await speak(all);
  const below = await buttons(all);
  t.equal(below.length, 3, "two choices and one to switch");
  for (const [index, { action, once }] of below.entries()) {
    const one = { written: agentsWords, index, action: JSON.parse(action) as CommandAction };
    found.set(`${agentsWords} ${index}`, { ...one, once: once === 1 });
  }
  return [...found.values()];
}

/** Does what shows a button; resolves to the button's key. */
async function show(t: Test, { written, index }: Shown): Promise<{ all: Chat; key: string }> {
  const all = await fullChat(t);
  await begin(all, written);
  const { key } = (await buttons(all))[index] ?? { key: "" };
  return { all, key };
}

/** The calls that `act` and the tasks it adds make. */
async function callsOf(all: Chat, act: () => Promise<unknown>): Promise<CallRow[]> {
  const before = (await outboxRows(all.store)).length;
  await act();
  await all.runTasks();
  return (await outboxRows(all.store)).slice(before);
}

const isNotice = ({ method }: CallRow) => method === "answerCallbackQuery";
const notices = (calls: CallRow[]) => calls.filter(isNotice).map(({ payload }) => payload["text"]);
/** What happened, but for what differs from run to run. */
const happened = (calls: CallRow[]) =>
  calls
    .filter((call) => !isNotice(call))
    .map(({ method, payload }) => [method, payload["text"]])
    .map(([method, text]) => [method, String(text).replaceAll(/switchboard-\w+/g, "")]);

function faultsOfPress(calls: CallRow[]): string[] {
  const faults = faultsOfTexts(calls);
  const done = happened(calls);
  const sent = done.filter(([method]) => method === "sendMessage").length;
  if (notices(calls).length !== 1) faults.push(`${notices(calls).length} notices`);
  if (sent > 1 || done.length === 0) faults.push(`${sent} messages, ${done.length} calls`);
  return faults;
}

/** Checks something of every button; the faults are told by the button. */
async function every(t: Test, faultsOf: (one: Shown) => Promise<string[]>): Promise<void> {
  const found: Record<string, string[]> = {};
  const all = await shownButtons(t);
  t.ok(all.length > 20, `${all.length} kinds of buttons`);
  for (const one of all) {
    const faults = await faultsOf(one);
    const { command, argument } = one.action;
    if (faults.length > 0) found[`${one.written}: ${command} ${argument}`] = faults;
  }
  t.same(found, {});
}

test("every button says what it did, in one message or in place of its own", async (t) => {
  await every(t, async (one) => {
    const { all, key } = await show(t, one);
    return faultsOfPress(await callsOf(all, () => all.give(press(501, key))));
  });
});

test("every button that is pressed twice within 100 ms does what it does once", async (t) => {
  await every(t, async (one) => {
    const first = await show(t, one);
    const once = happened(await callsOf(first.all, () => first.all.give(press(501, first.key))));
    const faults: string[] = [];
    for (const isAtOnce of [true, false]) {
      const { all, key } = await show(t, one);
      const calls = await callsOf(all, () => pressTwice(all, key, isAtOnce));
      const twice = happened(calls);
      if (notices(calls).length !== 2) faults.push(`${notices(calls).length} notices`);
      if (JSON.stringify(twice) !== JSON.stringify(once)) {
        faults.push(`${JSON.stringify(twice)} for ${JSON.stringify(once)}`);
      }
    }
    return faults;
  });
});

/** Two presses, of which the second is handled before the first is applied, or right after it. */
async function pressTwice({ handler, store }: Chat, key: string, isAtOnce: boolean): Promise<void> {
  const now = Date.now();
  const works = [new Work(501, now), new Work(502, now + 90)];
  const handle = (work: Work) => handler.handle(press(work.updateId, key), work);
  const apply = (work: Work) => store.write((transaction) => work.apply(transaction));
  if (isAtOnce) await Promise.all(works.map(handle));
  for (const work of works) {
    if (!isAtOnce) await handle(work);
    await apply(work);
  }
}

/** What becomes of what waits after a stop is for every operator of the chat to say. */
const isForAll = ({ command, argument }: Shown["action"]) =>
  command === "queue" && /^--(go-on|keep-back) /.test(argument);

test("no button does anything for another user or in another chat, and says so", async (t) => {
  const user = { id: 1001, is_bot: false, first_name: "Other" };
  const chat = { id: 2000, type: "private" };
  const wrong = {
    "This button is for another operator.": { from: user },
    "This button is in another conversation.": { message: { message_id: 8, date: 1, chat } },
  };
  await every(t, async (one) => {
    const { all, key } = await show(t, one);
    const faults: string[] = [];
    for (const [words, fields] of Object.entries(wrong)) {
      if ("from" in fields && isForAll(one.action)) continue;
      const calls = await callsOf(all, () => all.give(press(501, key, fields)));
      if (notices(calls)[0] !== words) faults.push(String(notices(calls)));
      faults.push(...happened(calls).map(String));
    }
    return faults;
  });
});

test("every button works after a restart, and one that decides something only once", async (t) => {
  await every(t, async (one) => {
    const { all, key } = await show(t, one);
    const later = await fullChat(t, { store: all.store });
    const faults = faultsOfPress(await callsOf(later, () => later.give(press(501, key))));
    if (!one.once) return faults;
    const again = await fullChat(t, { store: all.store });
    return [...faults, ...(await faultsOfStale(again, key))];
  });
});

test("every button works a day later, and says that it no longer does once it is removed", async (t) => {
  await every(t, async (one) => {
    const { all, key } = await show(t, one);
    await change(all.store, "UPDATE buttons SET created_at = created_at - ?", dayMs);
    const faults = faultsOfPress(await callsOf(all, () => all.give(press(501, key))));
    if (one.once) faults.push(...(await faultsOfStale(all, key)));
    const kept = await show(t, one);
    await change(kept.all.store, "UPDATE buttons SET created_at = 0");
    await kept.all.app.pruner.prune(Date.now() - dayMs);
    return [...faults, ...(await faultsOfStale(kept.all, kept.key))];
  });
});

/** What is wrong with the answer to a press that must do nothing. */
async function faultsOfStale(all: Chat, key: string): Promise<string[]> {
  const calls = await callsOf(all, () => all.give(press(601, key)));
  const said = notices(calls).map(String);
  return [
    ...(said.join() === spent ? [] : [`said ${said.join()}`]),
    ...happened(calls).map(String),
  ];
}
