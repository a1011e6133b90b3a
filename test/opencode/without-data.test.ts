import { test } from "tap";
import { readWithoutData } from "../../src/opencode/without-data.ts";
import { server } from "../support/opencode.ts";

const photo = `data:image/png;base64,${"iVBORw0KGgo".repeat(40_000)}`;
// What may look like a file: text about one, escapes, other values, a key that ends like ours.
const tricky = {
  text: `he said "url":"data:image/png;base64,AAAA" \\`,
  'x"url': "data:stays",
  url: "file:///srv/a.png",
  list: [{ url: 'data:text/plain,a "quoted" \\"word\\', after: "\\" }, { url: "data:" }],
  "url ": "data:stays",
};
const whole = [{ parts: [{ type: "file", url: photo, mime: "image/png" }, tricky] }];
const slim = [
  {
    parts: [
      { type: "file", url: "data:", mime: "image/png" },
      { ...tricky, list: [{ url: "data:", after: "\\" }, { url: "data:" }] },
    ],
  },
];

/** A body that comes in pieces of `size` bytes. */
async function* pieces(value: unknown, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(JSON.stringify(value));
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

test("what files contain is left out of JSON, wherever it is cut, and nothing else", async (t) => {
  for (const size of [7, 11, 13, 64, 4096, 1_000_000]) {
    const read = await readWithoutData(pieces(whole, size));
    t.equal(JSON.stringify(read), JSON.stringify(slim), `pieces of ${size}`);
  }
  const small = JSON.stringify(whole).replace(photo, "data:image/png,AA");
  for (const size of [1, 2, 3, 5]) {
    const read = await readWithoutData(pieces(JSON.parse(small), size));
    t.equal(JSON.stringify(read), JSON.stringify(slim), `pieces of ${size}`);
  }
  t.same(await readWithoutData(pieces(["ünï", "💡"], 1)), ["ünï", "💡"]);
});

test("messages are read without what their files contain, and are not compressed", async (t) => {
  const encodings: unknown[] = [];
  const { client, opencode } = await server(t);
  opencode.answer = ({ url, encoding }, response) => {
    encodings.push(encoding);
    response.setHeader("content-type", "application/json");
    // The second is small, and its length is known.
    response.end(JSON.stringify(url.includes("/message?") ? whole : { parts: [tricky] }));
  };
  t.equal(JSON.stringify(await client.messages("ses_1", 5)), JSON.stringify(slim));
  t.match(await client.message("ses_1", "msg_1"), { parts: [{ text: tricky.text }] });
  t.same([...new Set(encodings)], ["identity"]);
});
