import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Test, test } from "tap";
import { conversation } from "../../src/chat/conversation.ts";
import { type Media, mediaOf, mediaParts } from "../../src/outbox/media.ts";
import { Outbox } from "../../src/outbox/outbox.ts";
import { sayParts, type SayOptions } from "../../src/outbox/say.ts";
import { spokenIn } from "../../src/outbox/spoken.ts";
import { tempDir } from "../support/app.ts";
import { memoryStore, outboxRows } from "../support/memory.ts";
import { jpeg, png, webp } from "../support/pictures.ts";
import { openGate, sending } from "../support/sending.ts";

const film = Buffer.from("\0\0\0\u0018ftypisom\0\0\0\0isommp42", "latin1");
const caption = { caption: "see", caption_entities: [{ type: "bold", offset: 0, length: 3 }] };

/** Copies of files whose names say nothing true, ready to be sent. */
async function album(t: Test, contents: Uint8Array[], isShown = true): Promise<Media[]> {
  const dir = tempDir(t);
  const media = contents.map((bytes, index) => {
    const path = join(dir, `${index}`);
    writeFileSync(path, bytes);
    return mediaOf({ path, name: `${index}.bin`, bytes: bytes.length, isShown });
  });
  return Promise.all(media);
}

async function telegram(t: Test, options: Parameters<typeof sending>[1] = {}) {
  const all = await sending(t, options);
  const { store, sender, telegram: server } = all;
  const put = async (media: Media[], fields: object | undefined, more: SayOptions = {}) => {
    await store.write((transaction) =>
      sayParts(transaction, conversation(1000), mediaParts(media, fields), {
        kind: "reply",
        ...more,
      }),
    );
    sender.start();
  };
  /** What the chat shows, message by message. */
  const shown = () =>
    server.chat().map(({ message, file, text }) => {
      const kind = message.photo ? "photo" : message.video ? "video" : "document";
      return `${kind} ${file?.name} ${text}`.trim();
    });
  const methods = () => server.calls.map(({ method }) => method);
  return { ...all, put, shown, methods };
}

const types = (media: Media[]) => media.map(({ type }) => type);

test("what is shown as a photo or film is told by its content, and what Telegram would refuse is a document", async (t) => {
  const fat = png(100, 100, Buffer.alloc(10 * 1024 * 1024));
  const files: [string, Uint8Array][] = [
    ["photo", png(100, 100)],
    ["photo", jpeg(5000, 5000)],
    ["photo", webp("VP8 ", 100, 5)],
    ["photo", png(2000, 100)],
    ["video", film],
    ["document", Buffer.from("words")],
    ["document", png(6000, 4001)],
    ["document", png(2001, 100)],
    ["document", fat],
    ["document", png(100, 100).subarray(0, 20)],
    ["document", Buffer.from("%PDF-1.7")],
  ];
  const contents = files.map(([, bytes]) => bytes);
  t.same(
    types(await album(t, contents)),
    files.map(([type]) => type),
  );
  t.same(types(await album(t, [png(100, 100), film], false)), ["document", "document"]);
});

test("the name of a picture without an ending gets that of its content, and any other stays", async (t) => {
  const path = join(tempDir(t), "copy");
  const names = async (bytes: Uint8Array, name: string) => {
    writeFileSync(path, bytes);
    return (await mediaOf({ path, name, bytes: bytes.length })).file.name;
  };
  t.equal(await names(png(1, 1), "chart"), "chart.png");
  t.equal(await names(Buffer.from("%PDF-1.7"), "report.txt"), "report.txt");
  t.equal(await names(Buffer.from([1, 2, 255]), "data"), "data");
  t.equal(await names(Buffer.from("all:"), "Makefile"), "Makefile");
  t.equal((await names(png(1, 1), "y".repeat(128))).length, 124);
  t.match(await mediaOf({ path: `${path}-gone`, name: "a", bytes: 1 }), { type: "document" });
});

test("files are as few calls as it takes, in their order, with the caption at the first", async (t) => {
  const of = (type: Media["type"], bytes = 1): Media => ({
    type,
    file: { path: "/p", name: type, bytes },
  });
  const made = (media: Media[], isLastAlone = false) =>
    mediaParts(media, caption, isLastAlone).map(({ method, fields, fileBytes }) => {
      const { media: items } = fields as { media?: { type: string; caption?: string }[] };
      const captions = [fields as { caption?: string }, ...(items ?? [])];
      const marks = captions.map((one) => (one.caption === undefined ? "" : "c")).join("");
      const what = items ? items.map(({ type }) => type[0]).join("") : method.slice(4, 5);
      return `${what}${marks}${fileBytes}`;
    });
  const [photo, video, document] = [of("photo"), of("video"), of("document")];
  t.same(made([]), []);
  t.same(made([photo]), ["Pc1"]);
  t.same(made([document, document]), ["ddc2"]);
  t.same(made([photo, video, document, document, photo]), ["pvc2", "dd2", "P1"]);
  t.same(made(Array.from({ length: 12 }, () => document)), [`${"d".repeat(10)}c10`, "dd2"]);
  t.same(made(Array.from({ length: 11 }, () => photo)), [`${"p".repeat(10)}c10`, "P1"]);
  const large = of("document", 30 * 1024 * 1024);
  t.same(
    made([large, large, document]).map((part) => part.replace(/\d+$/, "")),
    ["Dc", "dd"],
    "one request is at most 50 MB",
  );
  t.same(made([photo, photo, photo], true), ["ppc2", "P1"], "the last one can have buttons");
});

test("an album arrives in order with its caption, and all its copies are free then", async (t) => {
  const { put, end, shown, ended, store, outbox, methods } = await telegram(t);
  const media = await album(t, [png(10, 10), film, jpeg(9, 9)]);
  await put(media, caption, { silent: true, replyId: "r" });
  t.equal((await outbox.neededFiles()).size, 3);
  await end(1);
  t.same(methods(), ["sendMediaGroup"]);
  t.same(shown(), ["photo 0.bin see", "video 1.bin", "photo 2.bin"]);
  t.same(
    ended[0]?.files,
    media.map(({ file }) => file.path),
  );
  t.same([...(await outbox.neededFiles())], []);
  const { messageIds, state } = await outbox.replyState("r");
  t.same([state, messageIds.length], ["sent", 3]);
  t.match(await outboxRows(store), [{ state: "sent", attempts: 1 }]);
});

test("each message of an album counts in what its chat is sent", async (t) => {
  const { store, outbox } = await sending(t);
  const media = await album(t, [png(1, 1), png(1, 1), png(1, 1)]);
  await store.write((transaction) =>
    sayParts(transaction, conversation(1000), mediaParts(media, undefined)),
  );
  const spent: unknown[] = [];
  const gate = { ...openGate, spent: (...what: unknown[]) => void spent.push(what.slice(0, 2)) };
  t.equal((await outbox.take(new Set(), gate)).length, 1);
  t.same(
    spent,
    media.map(() => [1000, "message"]),
  );
});

interface Fault {
  name: string;
  fault: Parameters<Awaited<ReturnType<typeof telegram>>["telegram"]["fault"]>[0];
  shown: string[];
  calls: number;
}

const whole = ["photo 0.bin see", "photo 1.bin"];
const method = "sendMediaGroup";
const faults: Fault[] = [
  { name: "429", fault: { method, kind: "429", retryAfter: 0.01 }, shown: whole, calls: 2 },
  { name: "5xx", fault: { method, kind: "5xx" }, shown: whole, calls: 2 },
  {
    name: "a request that did not arrive",
    fault: { method, kind: "reset-before" },
    // Whether it did is not known.
    shown: ["photo 0.bin see ↻", "photo 1.bin"],
    calls: 2,
  },
  {
    name: "an answer that did not come back",
    fault: { method, kind: "reset-after" },
    shown: [...whole, "photo 0.bin see ↻", "photo 1.bin"],
    calls: 2,
  },
  {
    name: "formatting that is refused",
    fault: { method, kind: "refuse", description: "Bad Request: can't parse entities" },
    shown: whole,
    calls: 2,
  },
  {
    name: "an album that is refused",
    fault: { method, kind: "refuse", description: "Bad Request: WEBPAGE_MEDIA_EMPTY" },
    shown: whole,
    calls: 3,
  },
  {
    name: "a gateway to which it is too large",
    fault: { method, kind: "5xx", status: 413, html: true },
    shown: whole,
    calls: 3,
  },
  {
    name: "an album and photos that are refused",
    fault: { method: /^send(MediaGroup|Photo)$/, kind: "refuse", description: "no", times: 3 },
    shown: ["document 0.bin see", "document 1.bin"],
    calls: 5,
  },
];

for (const { name, fault, shown: expected, calls } of faults) {
  test(`an album meets ${name}: nothing is lost, and only an unknown outcome is repeated with its mark`, async (t) => {
    const { put, end, shown, telegram: server, store } = await telegram(t);
    server.fault(fault);
    await put(await album(t, [png(10, 10), png(10, 10)]), caption);
    await end(1);
    t.same(shown(), expected);
    t.equal(server.calls.length, calls);
    t.match(await outboxRows(store), [{ state: "sent" }]);
  });
}

test("a photo that Telegram refuses comes as a document, with its caption and its buttons", async (t) => {
  const { put, end, shown, telegram: server } = await telegram(t);
  const keyboard = [[{ text: "Yes", callback_data: "k" }]];
  // The sandbox takes no WebP.
  await put(await album(t, [webp("VP8X", 10, 10)]), caption, { keyboard });
  await end(1);
  t.same(shown(), ["document 0.bin see"]);
  t.match(server.chat()[0], { reply_markup: { inline_keyboard: keyboard } });
});

test("of an album with a copy that is gone the others arrive, and the reply has failed", async (t) => {
  const { put, end, shown, outbox } = await telegram(t);
  const [first, second] = await album(t, [png(10, 10), png(10, 10)]);
  const gone: Media = { type: "photo", file: { path: "/nowhere/1", name: "gone", bytes: 1 } };
  await put([gone, first!, second!], caption, { replyId: "r" });
  await end(1);
  t.same(shown(), ["photo 0.bin", "photo 1.bin"]);
  t.equal((await outbox.replyState("r")).state, "failed");
});

test("each message of an album is known as an agent's words, also where its speaker is named below it", async (t) => {
  const store = await memoryStore(t);
  const button = { text: "Switch to site", callback_data: "k" };
  const outbox = new Outbox(store, async () => ({ head: "❖ site:", button }));
  const { put, end, shown, telegram: server } = await telegram(t, { store, outbox });
  const speech = { agent: "site", session: "ses_1" };
  await put(await album(t, [png(10, 10), png(10, 10)]), caption, { speech, replyId: "r" });
  await end(1);
  t.same(shown(), ["photo 0.bin ❖ site:\nsee", "photo 1.bin", "document undefined ❖ site:"]);
  const ids = server.chat().map(({ message }) => message.message_id);
  const words = await Promise.all(
    ids.map((id) => store.read((transaction) => spokenIn(transaction, 1000, id))),
  );
  t.match(words, [{ text: "see", speech }, { text: "1.bin", speech }, undefined]);
  t.match(await outbox.replyState("r"), { state: "sent", messageIds: [ids[2]] });
});

test("each file of an album that was refused as one is known as an agent's words", async (t) => {
  const { put, end, store, telegram: server } = await telegram(t);
  server.fault({ method, kind: "refuse", description: "Bad Request: WEBPAGE_MEDIA_EMPTY" });
  const speech = { agent: "site", session: "ses_1" };
  await put(await album(t, [png(10, 10), png(10, 10)]), caption, { speech });
  await end(1);
  const ids = server.chat().map(({ message }) => message.message_id);
  const words = await Promise.all(
    ids.map((id) => store.read((transaction) => spokenIn(transaction, 1000, id))),
  );
  t.match(words, [{ text: "see" }, { text: "1.bin" }]);
});
