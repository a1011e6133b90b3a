import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Test, test } from "tap";
import type { FilePart, PromptPart } from "../../src/prompts/part.ts";
import { contentOf } from "../../src/uploads/contents.ts";
import { tempDir } from "../support/app.ts";
import { gif, jpeg, png, webp } from "../support/pictures.ts";

const everything = { image: true, pdf: true };

/** An agent's folder with files of prompt 7, and their parts. */
function bed(t: Test) {
  const directory = tempDir(t);
  const file = (name: string, content: Uint8Array | string, fields: object = {}): FilePart => {
    const path = join(directory, "uploads", "7", name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    const about = { kind: "file", id: 1, promptId: 7, chatMessageId: 1, media: "document" };
    const more = { fileId: "f", original: name, size: 1, attempts: 0, addedAt: 0 };
    const part = {
      ...about,
      ...more,
      name,
      state: "saved",
      path,
      partId: `prt_${name}`,
      ...fields,
    };
    return part as FilePart;
  };
  const text = (words: string): PromptPart => ({ kind: "text", text: words });
  const read = (parts: PromptPart[], reads = everything) => contentOf({ directory }, parts, reads);
  return { directory, file, text, read };
}

const pdf = Buffer.from("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", "latin1");

test("pictures and PDF are shown byte for byte, under the type that their content has", async (t) => {
  const { file, text, read } = bed(t);
  const contents: [string, Buffer, string][] = [
    ["a.png", png(800, 600), "image/png"],
    ["lies.txt", jpeg(800, 600), "image/jpeg"],
    ["c.gif", gif([8, 8], [8, 8]), "image/gif"],
    ["sticker.webp", webp("VP8 ", 512, 512), "image/webp"],
    ["no ending", pdf, "application/pdf"],
  ];
  const parts = contents.map(([name, bytes]) => file(name, bytes));
  const content = await read([text("Look:"), ...parts]);
  const lines = contents.map(([name]) => `File \`uploads/7/${name}\` (attached)`);
  t.equal(content.text, `Look:\n\n${lines.join("\n")}`);
  t.same(
    content.files,
    contents.map(([name, bytes, mime]) => ({
      partId: `prt_${name}`,
      mime,
      filename: name,
      url: `data:${mime};base64,${bytes.toString("base64")}`,
    })),
  );
  t.same(content.asPath, []);
});

test("a text file stands in the prompt, every byte of it, in a fence it does not end", async (t) => {
  const { file, text, read } = bed(t);
  const words = "\uFEFFa\tb\r\n```\n````js\nlast";
  const { text: said, files } = await read([text("Fix:"), file("a.md", words)]);
  t.equal(said, `Fix:\n\nFile \`uploads/7/a.md\`:\n\`\`\`\`\`\n${words}\n\`\`\`\`\``);
  t.same(files, []);
  const ended = await read([file("b.txt", "x\n")]);
  t.equal(ended.text, "File `uploads/7/b.txt`:\n```\nx\n```");
});

test("everything else is a path with what it is: nothing that opencode cannot show becomes a part", async (t) => {
  const { file, read } = bed(t);
  const others: [string, Uint8Array | string, string][] = [
    ["empty.png", "", "application/octet-stream, 0 bytes"],
    ["cut.png", png(800, 600).subarray(0, 20), "application/octet-stream, 20 bytes"],
    ["lies.png", Buffer.from("PK\x03\x04\xff no picture", "latin1"), "application/"],
    ["noise.bin", Buffer.from([0, 1, 2, 0xff]), "application/octet-stream, 4 bytes"],
    ["long.txt", "x".repeat(100_001), "text/plain, 100001 bytes"],
    [
      "latin1.txt",
      Buffer.concat([Buffer.from("x".repeat(70_000)), Buffer.from([0xe9])]),
      "text/plain, 70001",
    ],
    ["bmp.bmp", bmp(), "image/bmp"],
  ];
  for (const [name, bytes, facts] of others) {
    const { text, files } = await read([file(name, bytes)]);
    t.ok(text.startsWith(`File \`uploads/7/${name}\` (${facts}`), `${name}: ${text.slice(0, 99)}`);
    t.same(files, [], name);
  }
});

test("a picture of more than 50 megapixels is never handed on, only its path, and why is told", async (t) => {
  const { file, read } = bed(t);
  const bombs = [png(60_000, 60_000), jpeg(65_535, 65_535), webp("VP8X", 16_000_000, 16_000_000)];
  for (const [index, bytes] of bombs.entries()) {
    const { files, asPath, text } = await read([file(`${index}.png`, bytes)]);
    t.same(files, []);
    t.match(asPath, [{ why: "pixels" }]);
    t.match(text, /^File `uploads\/7\/\d\.png` \(image\//);
  }
  t.match((await read([file("ok.png", png(10_000, 5000))])).files, [{ mime: "image/png" }]);
});

test("a model is shown only what it reads", async (t) => {
  const { file, read } = bed(t);
  const parts = [file("a.png", png(8, 8)), file("b.pdf", pdf)];
  const blind = await read(parts, { image: false, pdf: false });
  t.same(blind.files, []);
  t.match(blind.asPath, [{ why: "model" }, { why: "model" }]);
  const some = await read(parts, { image: true, pdf: false });
  t.match(some.files, [{ filename: "a.png" }]);
  t.match(some.asPath, [{ file: { name: "b.pdf" }, why: "model" }]);
});

test("an encrypted PDF is never handed on, only its path, and why is told", async (t) => {
  const { file, read } = bed(t);
  const trailer = "trailer\n<< /Size 9 /Root 1 0 R /Encrypt 8 0 R >>\nstartxref\n9\n%%EOF\n";
  const content = await read([file("a.pdf", Buffer.concat([pdf, Buffer.from(trailer)]))]);
  t.same(content.files, []);
  t.match(content.asPath, [{ why: "encrypted" }]);
});

test("what is shown has its limits, of one prompt as of one file", async (t) => {
  const { file, read } = bed(t);
  const large = (name: string, mb: number) => file(name, png(9, 9, Buffer.alloc(mb * 1024 * 1024)));
  t.match((await read([large("a.png", 20)])).asPath, [{ why: "bytes" }]);
  const several = await read([large("a.png", 12), large("b.png", 12), large("c.png", 7)]);
  t.match(several.files, [{ filename: "a.png" }, { filename: "c.png" }]);
  t.match(several.asPath, [{ file: { name: "b.png" }, why: "bytes" }]);
  const texts = ["a", "b", "c"].map((name) => file(name, name.repeat(90_000)));
  t.match((await read(texts)).text, /^File `uploads\/7\/c` \(text\/plain, 90000 bytes\)$/m);
});

test("a file that is gone, was never there, or is a link now, is said to be missing", async (t) => {
  const { file, text, read, directory } = bed(t);
  const gone = file("gone.png", png(8, 8));
  rmSync(gone.path ?? "");
  const link = file("link.txt", "x");
  rmSync(link.path ?? "");
  symlinkSync(join(directory, "secret"), link.path ?? "");
  writeFileSync(join(directory, "secret"), "key");
  const failed = file("failed.png", png(8, 8), { state: "failed", path: undefined });
  const content = await read([text("a"), failed, text("b"), gone, link]);
  t.equal(
    content.text,
    [
      "a\n\nFile `failed.png`: it could not be received from Telegram.",
      "",
      "b\n\nFile `uploads/7/gone.png`: it is not there any more.",
      "File `uploads/7/link.txt`: it is not there any more.",
    ].join("\n"),
  );
  t.same(content.files, []);
});

test("a file outside of the agent's folder of today is named by its whole path", async (t) => {
  const { file } = bed(t);
  const part = file("a.zip", Buffer.from([0, 255]));
  const { text } = await contentOf({ directory: "/elsewhere" }, [part], everything);
  t.ok(text.startsWith(`File \`${part.path}\``));
});

test("what an agent writes to a file while it is read makes no other part of it, and no larger one", async (t) => {
  const { file, read, directory } = bed(t);
  const handle = await open(directory, "r");
  const { prototype } = handle.constructor as { prototype: Reads };
  await handle.close();
  const { stat, read: readSome } = prototype;
  const text = file("a.txt", "short");
  let looks = 0;
  const grows = t.intercept(prototype, "stat", {
    async value(this: unknown) {
      const stats = await stat.call(this);
      // Once it is a plain file, and once for its size.
      if ((looks += 1) === 2) writeFileSync(text.path ?? "", "x".repeat(1_000_000));
      return stats;
    },
  });
  const { text: said } = await read([text]);
  grows.restore();
  t.equal(looks, 2);
  t.ok(said.length < 1000, `${said.length} characters`);
  const picture = file("b.png", png(8, 8));
  const changes = t.intercept(prototype, "read", {
    async value(this: unknown, ...given: unknown[]) {
      const result = await readSome.apply(this, given);
      writeFileSync(
        picture.path ?? "",
        "PK\x03\x04 no picture any more, and longer than it was before",
      );
      return result;
    },
  });
  const { files: shown } = await read([picture]);
  changes.restore();
  t.same(shown, []);
});

interface Reads {
  stat: (this: unknown) => Promise<unknown>;
  read: (this: unknown, ...given: unknown[]) => Promise<unknown>;
}

function bmp(): Buffer {
  const head = Buffer.alloc(60);
  head.write("BM", 0, "latin1");
  head.writeUInt32LE(60, 2);
  head.writeUInt32LE(54, 10);
  return head;
}
