import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type Test } from "tap";
import { conversation } from "../../src/chat/conversation.ts";
import { KeptFiles } from "../../src/outbox/kept-files.ts";
import type { LiveSource } from "../../src/outbox/live-calls.ts";
import { LiveScreens } from "../../src/screen/live-screens.ts";
import { sendPicture } from "../../src/screen/picture-message.ts";
import type { CallOutcome } from "../../src/telegram/call.ts";
import { TmuxError } from "../../src/tmux/tmux-error.ts";
import { keptLog } from "../support/app.ts";
import { lookOf } from "../support/looks.ts";
import { change, memoryStore, outboxRows, queuedTexts } from "../support/memory.ts";
import { until } from "../support/until.ts";

const place = conversation(1000);
const about = {
  conversation: place,
  operator: 1000,
  agent: { id: "a1", name: "site" },
  run: "%1 7",
};

/** A picture that was sent, and what replaces it; a test makes the calls that are wanted. */
async function screens(t: Test) {
  const store = await memoryStore(t);
  const dir = mkdtempSync(join(tmpdir(), "switchboard-screens-"));
  t.teardown(() => rmSync(dir, { recursive: true }));
  const files = new KeptFiles(dir);
  const { log, kept } = keptLog();
  const wanted = new Map<string, LiveSource>();
  let count = 0;
  const world = { fault: undefined as Error | undefined };
  const live = new LiveScreens({
    store,
    files,
    log,
    calls: { want: (source) => void (wanted.has(source.key) || wanted.set(source.key, source)) },
    terminalPictures: {
      async still() {
        if (world.fault) throw world.fault;
        count += 1;
        return { look: lookOf("x"), png: Buffer.from(`picture ${count}`) };
      },
    },
  });
  const send = async () => {
    const picture = { ...about, file: { path: "/dev/null", name: "site.png" }, hasKeys: true };
    await store.write((transaction) => sendPicture(transaction, picture));
    await change(store, "UPDATE outbox SET state = 'sent', message_id = id + 100");
    const sent = (await outboxRows(store)).filter(({ method }) => method === "sendPhoto").at(-1);
    return { conversation: place, subject: "screen 1000", outboxId: sent?.id ?? 0, agent: "site" };
  };
  /** Makes the call that is wanted, as `LiveCalls` does; undefined when there is none to make. */
  const make = async (kind: CallOutcome["kind"]) => {
    const [source] = wanted.values();
    if (!source) throw new Error("nothing is wanted");
    wanted.delete(source.key);
    const call = await source.compose();
    const inFlight = readdirSync(dir).length;
    if (kind === "limited") wanted.set(source.key, source);
    if (call) source.ended({ kind, retryAfterMs: 1 } as CallOutcome, call);
    await until(() => (readdirSync(dir).length === 0 ? true : undefined));
    return call && { ...call, inFlight };
  };
  const isWanted = () => until(() => (wanted.size > 0 ? true : undefined));
  return { live, send, make, isWanted, world, wanted, kept, store, files, dir };
}

test("a picture is replaced with the keys it has; no file of it stays", async (t) => {
  const { live, send, make, isWanted } = await screens(t);
  const message = await send();
  live.refresh(message);
  await isWanted();
  t.match(await make("ok"), {
    method: "editMessageMedia",
    inFlight: 1,
    payload: {
      chat_id: 1000,
      message_id: message.outboxId + 100,
      media: { type: "photo", media: { name: "site.png" }, caption: "site" },
      reply_markup: { inline_keyboard: [{ length: 4 }, { length: 5 }] },
    },
  });
});

test("one that Telegram did not take yet is made again, then with the newest", async (t) => {
  const { live, send, make, isWanted, wanted } = await screens(t);
  const message = await send();
  live.refresh(message);
  await isWanted();
  t.ok(await make("limited"));
  t.equal(wanted.size, 1);
  live.refresh(message);
  t.ok(await make("ok"));
});

test("of a picture that is not the newest any more nothing is shown", async (t) => {
  const { live, send, make, isWanted } = await screens(t);
  const older = await send();
  live.refresh(older);
  await isWanted();
  await send();
  t.equal(await make("ok"), undefined);
});

test("a terminal that cannot be pictured is logged and told, and the next press tries again", async (t) => {
  const { live, send, make, isWanted, world, kept, store } = await screens(t);
  const message = await send();
  world.fault = new TmuxError("timeout", "no answer");
  const texts = async () => (await queuedTexts(store)).filter((text) => text !== undefined);
  const faults = () => JSON.stringify(kept).split("could not be pictured").length - 1;
  live.refresh(message);
  await until(async () => ((await texts()).length > 0 ? true : undefined));
  live.refresh(message);
  await until(() => (faults() === 2 ? true : undefined));
  t.match(await texts(), [/^The picture of site is an older one/], "it is told once");
  world.fault = undefined;
  live.refresh(message);
  await isWanted();
  t.ok(await make("ok"));
  live.stop();
  live.refresh(message);
});

test("where the store fails, that a picture is old is told at the next press", async (t) => {
  const { live, send, world, kept, store } = await screens(t);
  const message = await send();
  world.fault = new TmuxError("timeout", "no answer");
  const full = t.intercept(store, "write", {
    value: () => Promise.reject(new Error("database or disk is full")),
  });
  live.refresh(message);
  await until(() => (JSON.stringify(kept).includes("could not be told") ? true : undefined));
  full.restore();
  const told = async () => JSON.stringify(await queuedTexts(store)).split("older one").length - 1;
  await until(async () => {
    live.refresh(message);
    return (await told()) > 0 ? true : undefined;
  }, 2000);
  t.equal(await told(), 1);
});

test("a picture that cannot be written leaves no file, and that is told", async (t) => {
  const { live, send, wanted, isWanted, store, files, dir } = await screens(t);
  const message = await send();
  live.refresh(message);
  await isWanted();
  const placed = files.place.bind(files);
  t.intercept(files, "place", {
    value: async (name: string) => {
      const file = await placed(name);
      // Like a full disk: it is there, and what is written to it fails.
      mkdirSync(file.path);
      return file;
    },
  });
  const dropped = t.capture(files, "drop", async (path: string) =>
    rmSync(path, { recursive: true }),
  );
  const [source] = wanted.values();
  await t.rejects(async () => void (await source?.compose()), { name: "PictureError" });
  t.equal(dropped().length, 1);
  t.same(readdirSync(dir), []);
  t.match((await queuedTexts(store)).at(-1), /^The picture of site is an older one/);
});
