import { test } from "tap";
import type { Seen } from "./double.ts";
import { double, run } from "./run-script.ts";

test("photos and files arrive in the order in which they were named", async (t) => {
  const { line, url } = await double(t);
  const cwd = t.testdir({ "a.png": "a", "b.txt": "b", "-c;d.png": "c" });
  const args = ["--photo", "a.png", "--file", "b.txt", "--photo", "-c;d.png", "see"];
  t.match(await run(url, args, { cwd }), { code: 0, stdout: "Sent.\n" });
  const [{ headers, body } = {} as Seen] = line.seen;
  const type = { headers: { "content-type": headers["content-type"] ?? "" } };
  const sent = await new Response(new Uint8Array(body), type).formData();
  t.strictSame(
    [...sent].map(([field, value]) => [field, typeof value === "string" ? value : value.name]),
    [
      ["photo", "a.png"],
      ["file", "b.txt"],
      ["photo", "-c;d.png"],
      ["text", "see"],
    ],
  );
});
