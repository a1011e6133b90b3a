import { test, type Test } from "tap";
import { type Command } from "../../src/bot/context.ts";
import type { Errand, TaskOutcome } from "../../src/bot/errand.ts";
import type { Task } from "../../src/bot/tasks.ts";
import { addTask } from "../../src/bot/tasks.ts";
import { Refusal } from "../../src/errors.ts";
import { OpencodeRefused, OpencodeUnreachable } from "../../src/opencode/errors.ts";
import { say } from "../../src/outbox/say.ts";
import { chat } from "../support/bot-chat.ts";
import { change, outboxRows, rows, signal } from "../support/memory.ts";
import { until } from "../support/until.ts";

const progress = "Working on it…";
const never = new Promise<never>(() => undefined);

/** A command whose errand a test performs; its argument is `lane text`. */
function errandCommand(perform: Errand["perform"], isRepeatable = false): Command {
  return {
    name: "work",
    argument: "<lane> [words]",
    group: "help",
    description: "works",
    async run({ work, conversation, from }, argument) {
      const [lane = "", text = ""] = argument.split(" ");
      const about = { lane, command: "work", input: { text }, conversation, operator: from?.id };
      work.addEffect((transaction) => addTask(transaction, about));
    },
    errand: { isRepeatable, progress, perform },
  };
}

const textOf = (task: Task) => (task.input as { text: string }).text;

async function working(t: Test, perform: Errand["perform"], isRepeatable = false) {
  const all = await chat(t, {}, { extra: [errandCommand(perform, isRepeatable)] });
  const { store } = all;
  const states = async () =>
    (await rows<{ state: string }>(store, "SELECT state FROM tasks ORDER BY id")).map(
      ({ state }) => state,
    );
  const calls = async () =>
    (await outboxRows(store))
      .filter(({ method }) => method !== "setMessageReaction")
      .map(({ method, payload }) => [method, payload["text"]]);
  const ended = () =>
    until(async () => ((await states()).every((state) => state === "done") ? true : undefined));
  return { ...all, states, calls, ended };
}

test("the outcome of a task is told once, with what else changes", async (t) => {
  const { write, runTasks, calls, states, app, store } = await working(t, async (task) => ({
    text: `done ${textOf(task)}`,
    effect: (transaction) => say(transaction, task.conversation, "and changed"),
  }));
  await write("/work site one");
  t.same(await states(), ["pending"]);
  await runTasks();
  const told = [
    ["sendMessage", "and changed"],
    ["sendMessage", "done one"],
  ];
  t.same(await calls(), told);
  await runTasks();
  t.same(await calls(), told, "it is not done again");
  t.equal(await app.pruner.prune(Date.now() + 1), 1, "it is removed some day");
  t.same(await rows(store, "SELECT * FROM tasks"), []);
});

test("what takes longer than a moment is said at once, and its outcome takes that place", async (t) => {
  const gate = signal();
  const { write, taskWorker, calls, ended, store } = await working(t, async () => {
    await gate.promise;
    return { text: "done", buttons: [[{ label: "Again", command: "work" }]] };
  });
  await write("/work site");
  const worker = taskWorker({ progressAfterMs: 1 });
  worker.start();
  await until(async () => ((await calls()).length > 0 ? true : undefined));
  t.same(await calls(), [["sendMessage", progress]]);
  gate.resolve();
  await ended();
  await worker.stop();
  t.same(await calls(), [
    ["sendMessage", progress],
    ["editMessageText", "done"],
  ]);
  const [said, edit] = await outboxRows(store);
  t.equal(edit?.payload["message_of"], said?.id);
  t.match(await rows(store, "SELECT outbox_id FROM buttons"), [{ outbox_id: said?.id }]);
});

test("a failure is told in a fixed sentence, whose details are only in the log", async (t) => {
  const unknown = "It is not known whether /work took effect. Check with /status before you";
  const bug = "/work failed; Switchboard's log says why. Check with /status before you repeat it.";
  const faults: [unknown, RegExp | string][] = [
    [new Refusal(409, "Not done: write it in another way."), "Not done: write it in another way."],
    [new OpencodeRefused("POST /x", 409), "Not done: the agent is working. Try again when it is"],
    [new OpencodeRefused("POST /x", 500), "Not done: opencode refused /work. Switchboard's log"],
    [new OpencodeUnreachable("POST /x"), unknown],
    [new OpencodeUnreachable("POST /x", { wasSent: false }), "opencode is not responding. Try"],
    [new OpencodeUnreachable("GET /x"), "opencode is not responding. Try again"],
    [new TypeError("secret of /srv"), bug],
    ["a text", bug],
    [undefined, bug],
  ];
  for (const [fault, words] of faults) {
    const { write, runTasks, calls, states, log } = await working(t, () => {
      throw fault;
    });
    await write("/work site");
    await runTasks();
    const [[method, text] = [], ...more] = await calls();
    t.same([method, more], ["sendMessage", []]);
    t.ok(String(text).startsWith(String(words)), `${String(text)} for ${String(fault)}`);
    t.same(await states(), ["done"]);
    t.match(log.entries.at(-1), { msg: "a command did not succeed", command: "work" });
  }
});

test("a task whose outcome cannot be applied has failed, and nothing of it is applied", async (t) => {
  for (const isRepeatable of [true, false]) {
    let done = 0;
    const perform = async ({ conversation }: Task): Promise<TaskOutcome> => {
      done += 1;
      return {
        text: "done",
        async effect(transaction) {
          await say(transaction, conversation, "half of it");
          throw new TypeError("a bug");
        },
      };
    };
    const { write, runTasks, calls } = await working(t, perform, isRepeatable);
    await write("/work site");
    await runTasks();
    t.match(await calls(), [["sendMessage", /^\/work failed; Switchboard's log says why/]]);
    t.equal(done, 1);
  }
});

test("an interrupted task is done again after a restart if it may be, else told as unknown", async (t) => {
  for (const isRepeatable of [true, false]) {
    let done = 0;
    const perform = async () => ({ text: `done ${(done += 1)}` });
    const { write, store, runTasks, calls } = await working(t, perform, isRepeatable);
    await write("/work site");
    // As a process leaves it that is killed before the outcome is recorded.
    await change(store, "UPDATE tasks SET state = 'running'");
    await runTasks();
    t.equal(done, isRepeatable ? 1 : 0);
    const words = isRepeatable ? /^done 1$/ : /^It is not known whether \/work took effect/;
    t.match(await calls(), [["sendMessage", words]]);
  }
});

test("a task of a command that is gone is told as unknown", async (t) => {
  const { write, store, runTasks, calls } = await working(t, async () => ({ text: "done" }));
  await write("/work site");
  await change(store, "UPDATE tasks SET command = 'gone'");
  await runTasks();
  t.match(await calls(), [["sendMessage", /^It is not known whether \/gone took effect/]]);
});

test("tasks of one lane are done in order, those of others side by side", async (t) => {
  const gate = signal();
  const did: string[] = [];
  const { write, taskWorker, ended, states } = await working(t, async (task) => {
    did.push(`begin ${textOf(task)}`);
    if (textOf(task) === "first") await gate.promise;
    did.push(`end ${textOf(task)}`);
    return { text: textOf(task) };
  });
  for (const argument of ["site first", "site second", "other one"]) {
    await write(`/work ${argument}`);
  }
  const worker = taskWorker();
  worker.start();
  worker.start();
  await until(async () => ((await states())[2] === "done" ? true : undefined));
  await write("/work third another");
  await until(async () => ((await states())[3] === "done" ? true : undefined));
  t.same(did, ["begin first", "begin one", "end one", "begin another", "end another"]);
  t.same(await states(), ["running", "pending", "done", "done"]);
  gate.resolve();
  await ended();
  t.same(did.slice(-3), ["end first", "begin second", "end second"]);
  await worker.stop();
});

test("a stop waits only a moment for a task that does not end by its signal", async (t) => {
  const { write, taskWorker, calls, states, runTasks } = await working(t, () => never);
  await write("/work site");
  const worker = taskWorker({ progressAfterMs: 1, graceMs: 50 });
  worker.start();
  await until(async () => ((await calls()).length > 0 ? true : undefined));
  const beganAt = performance.now();
  await worker.stop();
  t.ok(performance.now() - beganAt < 5000);
  t.same(await states(), ["running"]);
  await runTasks();
  t.match((await calls()).at(-1), ["editMessageText", /^It is not known whether \/work took/]);
});

test("a stop ends a task by its signal, and the next start takes it up in the same message", async (t) => {
  let runs = 0;
  const perform: Errand["perform"] = async (_, signalOfStop) => {
    runs += 1;
    if (runs > 1) return { text: "done" };
    const aborted = Promise.withResolvers<never>();
    signalOfStop.addEventListener("abort", () => aborted.reject(signalOfStop.reason));
    return Promise.race([aborted.promise, never]);
  };
  const { write, taskWorker, calls, states, runTasks } = await working(t, perform, true);
  await write("/work site");
  await write("/work site");
  const first = taskWorker({ progressAfterMs: 1 });
  first.start();
  await until(async () => ((await calls()).length > 0 ? true : undefined));
  await first.stop();
  t.same(await states(), ["running", "pending"], "nothing more is taken");
  t.same(await calls(), [["sendMessage", progress]], "and nothing is told");
  await write("/work other");
  t.same(await states(), ["running", "pending", "pending"], "a stopped worker is not woken");
  await runTasks();
  t.same(await calls(), [
    ["sendMessage", progress],
    ["editMessageText", "done"],
    ["sendMessage", "done"],
    ["sendMessage", "done"],
  ]);
});
