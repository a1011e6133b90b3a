import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { newId } from "../../src/opencode/ids.ts";
import { EventStream } from "../../src/opencode/events.ts";
import { StoredParts } from "../../src/opencode/stored-parts.ts";
import type { ContentPart } from "../../sandbox/model/server.ts";
import { wholePng } from "../../sandbox/picture.ts";
import type { Said } from "../../sandbox/telegram/operator.ts";
import { png, smallPdf, wholeWebp } from "../support/pictures.ts";
import { addBlindModel } from "../support/second-model.ts";
import { keptLog } from "../support/app.ts";
import {
  botTexts,
  opencodeClient,
  settled,
  stackMissing,
  startStage,
  until,
} from "../support/stage.ts";

const url = (mime: string, bytes: Buffer) => `data:${mime};base64,${bytes.toString("base64")}`;
const noise = Buffer.from([0, 1, 0xff, 0xfe, 0x0a, 0x0d, 0x80]);
const picture = wholePng(64, 48);

/** A file that the operator sends, what its prompt says of it, and what the model is shown. */
type Case = [name: string, file: NonNullable<Said["file"]>, line: string, shown?: ContentPart];

const image = (mime: string, bytes: Buffer) => ({
  type: "image_url",
  image_url: { url: url(mime, bytes) },
});
const words = "one\r\n```two\ttabs ünïcode";
const cases: Case[] = [
  [
    "a photo",
    { kind: "photo", name: "photo.png", bytes: picture },
    "photo.jpg` (attached)",
    image("image/png", picture),
  ],
  [
    "a PDF whose name lies",
    { name: "table.csv", bytes: smallPdf, mimeType: "text/csv" },
    "table.csv` (attached)",
    { type: "file", file: { filename: "table.csv", file_data: url("application/pdf", smallPdf) } },
  ],
  [
    "a sticker",
    { kind: "sticker", name: "s.webp", bytes: wholeWebp },
    "sticker.webp` (attached)",
    image("image/webp", wholeWebp),
  ],
  [
    "a text",
    { name: "a.png", bytes: Buffer.from(words) },
    `a.png\`:\n\`\`\`\`\n${words}\n\`\`\`\``,
  ],
  [
    "an empty file",
    { name: "empty.pdf", bytes: Buffer.alloc(0) },
    "empty.pdf` (application/octet-stream, 0 bytes)",
  ],
  [
    "a bomb",
    { kind: "photo", name: "b.png", bytes: png(8000, 8000) },
    "photo.jpg` (image/png, 41 bytes)",
  ],
  [
    "an unknown type",
    { name: "../../.ssh/-rf\u202e\0x", bytes: noise },
    "rfx` (application/octet-stream, 7 bytes)",
  ],
];

const kinds = ["voice", "audio", "video", "video_note", "animation"] as const;
const forward_origin = { type: "hidden_user", sender_user_name: "Ann", date: 1 } as const;

test("files that the operator sends reach the agent", { skip: stackMissing() }, async (t) => {
  const stage = await startStage(t, { prepare: addBlindModel, env: {} });
  const { telegram, model } = stage;
  const work = stage.env["WORKSPACE_DIR"] ?? "";
  let prompt = 0;

  await t.test(
    "each as what its content is, byte for byte, in a folder of its prompt",
    async (t) => {
      for (const [name, file, line, shown] of cases) {
        prompt += 1;
        const before = model.requests.length;
        telegram.operatorSends({ text: `look at ${name}`, file });
        const isIt = (one: { toolResults: string[]; parts: ContentPart[] }) =>
          model.requests.indexOf(one as never) >= before;
        const { parts } = await model.seen(isIt);
        const hasCaption = file.kind !== "sticker" && file.kind !== "video_note";
        const said = parts.find(({ type }) => type === "text")?.text ?? "";
        const caption = hasCaption ? `look at ${name}\n\n` : "";
        const own = file.kind === "sticker" ? "Sticker 🙂\n\n" : caption;
        t.equal(said, `${own}File \`uploads/${prompt}/${line}`, name);
        t.same(
          parts.filter(({ type }) => type !== "text"),
          shown ? [shown] : [],
          name,
        );
        await settled(stage);
        const folder = join(work, "uploads", String(prompt));
        const [stored = ""] = readdirSync(folder);
        t.ok(readFileSync(join(folder, stored)).equals(file.bytes), `${name}: as it was sent`);
        t.equal(statSync(join(folder, stored)).mode & 0o777, 0o600);
      }
      t.match(
        botTexts(stage).join("\n"),
        /default_agent gets only the path of 📷 photo\.jpg: a picture of more than 50/,
      );
      t.equal(readFileSync(join(work, "uploads", ".gitignore"), "utf8"), "*\n");
      t.notOk(existsSync(join(work, ".ssh")));
    },
  );

  await t.test("others, forwarded with a comment, are one prompt with their paths", async (t) => {
    prompt += 1;
    telegram.operatorSends({ text: "What are these?" });
    for (const kind of kinds) {
      const file = { kind, name: "a.bin", bytes: noise };
      telegram.operatorSends({ file, message: { forward_origin } });
    }
    const isIt = ({ prompt: said }: { prompt: string }) => said.startsWith("What are these?");
    const { parts } = await model.seen(isIt);
    const names = ["voice.ogg", "a.bin", "a-2.bin", "video-note.mp4", "a-3.bin"];
    const lines = names.map((name, index) => {
      const stands = `(${kinds[index]?.replace("_", " ")} ${name.replace(/-\d/, "")})`;
      const file = `File \`uploads/${prompt}/${name}\` (application/octet-stream, 7 bytes)`;
      return `Forwarded message:\n> ${stands}\n\n${file}`;
    });
    t.same(parts, [{ type: "text", text: ["What are these?", ...lines].join("\n\n") }]);
    await settled(stage);
  });

  await t.test(
    "a picture that opencode cannot read is told, and the session goes on",
    async (t) => {
      const since = telegram.mark();
      telegram.operatorSends({
        text: "cut",
        file: { kind: "photo", name: "c.png", bytes: picture.subarray(0, 60) },
      });
      await telegram.shown(
        ({ text }) =>
          text === "Not sent: opencode could not read 📷 photo.jpg. Send it in another format.",
        { since },
      );
      telegram.operatorSends({ text: "and now?" });
      const next = await model.seen((request) => request.prompt === "and now?");
      t.notMatch(next.prompts.join("\n"), "cut");
      await settled(stage);
    },
  );

  await t.test(
    "a model that reads no pictures gets the path, and the operator is told",
    async (t) => {
      const since = telegram.mark();
      telegram.operatorSends({ text: "/model stub/blind" });
      await telegram.shown(({ text }) => text.includes("blind"), { since });
      telegram.operatorSends({
        text: "see?",
        file: { kind: "photo", name: "p.png", bytes: picture },
      });
      const { parts, model: asked } = await model.seen(({ prompt: said }) =>
        said.startsWith("see?"),
      );
      t.equal(asked, "blind");
      t.match(parts, [
        {
          type: "text",
          text: /^see\?\n\nFile `uploads\/\d+\/photo\.jpg` \(image\/png, \d+ bytes\)$/,
        },
      ]);
      t.equal(parts.length, 1);
      await telegram.shown(
        ({ text }) => /gets only the path of .*: its model does not read/.test(text),
        {
          since,
        },
      );
      await settled(stage);
    },
  );

  await t.test(
    "what Telegram does not give at first comes later, in its place; what it refuses is told",
    async (t) => {
      telegram.fault({ kind: "5xx", html: true, method: "getFile" });
      const since = telegram.mark();
      const before = model.requests.length;
      telegram.operatorSends({
        text: "first",
        file: { name: "late.txt", bytes: Buffer.from("late") },
      });
      telegram.operatorSends({ text: "second" });
      telegram.operatorSends({
        text: "large",
        file: { name: "l.iso", bytes: noise, size: 21 * 1024 * 1024 },
      });
      await telegram.shown(
        ({ text }) =>
          text.startsWith("default_agent gets your message without 📎 l.iso: it is too large"),
        { since },
      );
      await settled(stage);
      const asked = model.requests.slice(before).map(({ prompt: said }) => said.split("\n")[0]);
      t.same(asked, ["first", "second", "large"]);
      t.match(model.requests.at(-1)?.prompt, /^large\n\nFile `l\.iso`: it could not be received/);
    },
  );

  await t.test(
    "a PDF that the provider refuses is undone by a button, and what is written next goes on",
    async (t) => {
      const { script } = model;
      // A provider is sent the whole conversation, so it refuses each later prompt as well.
      model.script = (request) =>
        request.prompts.some((said) => said.startsWith("read this"))
          ? { fail: 400 }
          : script(request);
      const since = telegram.mark();
      telegram.operatorSends({ text: "/model stub/stub" });
      telegram.operatorSends({
        text: "read this",
        file: { name: "refused.pdf", bytes: smallPdf, mimeType: "application/pdf" },
      });
      const told = await telegram.shown(({ text }) => /most likely for its PDF/.test(text), {
        since,
      });
      telegram.operatorPresses({ messageId: told.message_id, button: "Undo the message" });
      await telegram.shown(({ text }) => text.startsWith("Undone: “read this"), { since });
      telegram.operatorSends({ text: "and without it?" });
      await model.seen(({ prompt: said }) => said === "and without it?");
      await settled(stage);
      t.notOk(
        model.requests.at(-1)?.prompts.some((said) => said.startsWith("read this")),
        "the PDF is not in the session any more",
      );
    },
  );

  await t.test(
    "parts that opencode tells of are stored, even if it is killed at once",
    async (t) => {
      const client = opencodeClient(stage);
      const pane = ["display-message", "-p", "-t", "=opencode-server:", "#{pane_pid}"];
      const pid = Number(await stage.tmux(...pane));
      const events = new EventStream({ client, log: keptLog().log });
      t.teardown(() => events.stop());
      const storedParts = new StoredParts(events);
      const messageId = newId("msg");
      const [partId, filePartId] = [newId("prt"), newId("prt")];
      const heard = storedParts.expect(messageId);
      const killed = new Promise<void>((resolve) => {
        events.on("event", () => {
          if (!heard.has([partId, filePartId])) return;
          process.kill(pid, "SIGKILL");
          resolve();
        });
      });
      const opened = new Promise<void>((resolve) => events.once("open", resolve));
      events.start();
      await opened;
      const directory = stage.env["WORKSPACE_DIR"] ?? "";
      const mode = { agent: undefined, model: "stub/stub", variant: undefined };
      const { id } = await client.createSession(directory, "its own", { yolo: true, ...mode });
      const file = { partId: filePartId, filename: "a.png", mime: "image/png" };
      const files = [{ ...file, url: url("image/png", picture) }];
      await client.prompt(id, directory, { messageId, partId, text: "kept?", files, ...mode });
      await killed;
      await events.stop();
      // Switchboard starts it again.
      const message = await until(
        () => client.message(id, messageId).catch(() => undefined),
        60_000,
      );
      t.same(message.parts.map((part) => part.id).toSorted(), [partId, filePartId].toSorted());
    },
  );

  t.notMatch([...stage.logLines, ...botTexts(stage)].join("\n"), /file\/bot|SANDBOX-token/);
  t.notMatch(model.requests.map(({ prompt: said }) => said).join("\n"), /file\/bot|SANDBOX-token/);
});
