import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { line } from "../support/reply-line.ts";

const markdown = "**Done** in `file.py`:\n\n- [x] see [it](https://example.com/x)";
const shown = "Done in file.py:\n\n☑ see it";

/** A call as what is shown, and the types of its entities. */
function seen({ method, payload }: { method: string; payload: Record<string, unknown> }) {
  const entities = (payload["entities"] ?? payload["caption_entities"] ?? []) as { type: string }[];
  const text = payload["text"] ?? payload["caption"];
  return [method, text, entities.map(({ type }) => type).join(" ")];
}

test("a reply is Markdown, shown formatted, unless it says that it is text", async (t) => {
  const { post, queued, workspaceDir } = await line(t);
  writeFileSync(join(workspaceDir, "a.txt"), "content");
  await post({ text: markdown });
  await post({ text: markdown, format: "markdown", files: ["a.txt"] });
  await post({ text: markdown, format: "text" });
  await post(markdown, {
    url: "/reply?format=text",
    headers: { "content-type": "text/plain" },
  });
  t.same((await queued()).map(seen), [
    ["sendMessage", `From a program: ${shown}`, "bold code text_link"],
    ["sendDocument", `From a program: ${shown}`, "bold code text_link"],
    ["sendMessage", `From a program: ${markdown}`, ""],
    ["sendMessage", `From a program: ${markdown}`, ""],
  ]);
  t.equal((await post({ text: "x", format: "html" })).statusCode, 400);
});

test("a caption counts by what is shown of it", async (t) => {
  const { post, queued, workspaceDir } = await line(t);
  writeFileSync(join(workspaceDir, "a.txt"), "content");
  const link = `[x](https://example.com/${"y".repeat(900)}) `;
  await post({ text: link.repeat(3), files: ["a.txt"] });
  await post({ text: "z ".repeat(600), files: ["a.txt"] });
  t.match((await queued()).map(seen), [
    ["sendDocument", "From a program: x x x", "text_link text_link text_link"],
    ["sendMessage", /^From a program: z z/, ""],
    ["sendDocument", undefined, ""],
  ]);
});

test("what needs more than five messages comes as its beginning and a document", async (t) => {
  const { post, queued, outgoing } = await line(t);
  for (const [format, name] of [
    ["markdown", "answer.md"],
    ["text", "answer.txt"],
  ]) {
    const before = (await queued()).length;
    const text = `**Start**\n\n${"All the words of it. ".repeat(1100)}\n\nend`;
    const key = `key-of-${format}`;
    const options = { headers: { "idempotency-key": key } };
    const { id } = (await post({ text, format }, options)).json<{ id: string }>();
    const [message, file, ...rest] = (await queued()).slice(before);
    t.same(rest, []);
    t.match(message?.payload, {
      text: new RegExp(
        `^From a program: .*Start.*[^]*of it\\.\n\n… The whole answer is attached: ${name}$`,
      ),
    });
    t.ok(String(message?.payload["text"]).length <= 4094);
    t.match(file, { method: "sendDocument", payload: { document: { name } } });
    const { path } = file!.payload["document"] as { path: string };
    t.equal(readFileSync(path, "utf8"), text);
    const again = await post({ text, format }, options);
    t.equal(again.json<{ id: string }>().id, id);
  }
  t.equal(outgoing().length, 2, "no copy is left of what was not sent");
  await post({ text: "word ".repeat(4000) });
  t.equal((await queued()).slice(4).length, 5, "five are sent");
});
