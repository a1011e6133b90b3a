import { test } from "tap";
import { line } from "../support/reply-line.ts";

test("buttons come with JSON or a form, are part of what is said, and are refused where none can be", async (t) => {
  const { post, queued } = await line(t);
  const buttons = ["Ship it", "Wait"];
  const shown = async () => {
    const markup = (await queued()).at(-1)?.payload["reply_markup"];
    const { inline_keyboard: rows = [] } = (markup ?? {}) as {
      inline_keyboard?: { text: string }[][];
    };
    return rows.flat().map(({ text }) => text);
  };
  const both = ["💬 Ship it", "💬 Wait"];
  const options = { headers: { "idempotency-key": "the-same-key" } };
  t.equal((await post({ text: "now?", agent: "site", buttons }, options)).statusCode, 202);
  t.same(await shown(), both);
  t.equal((await post({ text: "now?", agent: "site", buttons }, options)).statusCode, 202);
  const other = await post({ text: "now?", agent: "site", buttons: ["Wait"] }, options);
  t.equal(other.statusCode, 422, "another message under the same key");
  for (const field of ["button", "buttons"]) {
    const form = new FormData();
    form.set("text", "in a form");
    for (const label of buttons) form.append(field, label);
    t.equal((await post(form, { url: "/reply?agent=site" })).statusCode, 202);
    t.same(await shown(), both);
  }
  const before = (await queued()).length;
  const wrong = [
    { agent: "site", buttons: [] },
    { agent: "site", buttons: Array.from({ length: 9 }, (_, n) => `${n}`) },
    { agent: "site", buttons: ["x".repeat(65)] },
    { agent: "site", buttons: ["\u200B"] },
    { agent: "site", buttons: { label: "Ship it" } },
    { buttons },
  ];
  for (const one of wrong) {
    const answer = await post({ text: "x", ...one });
    t.match(answer.json(), { statusCode: 400, message: /button|form/i }, JSON.stringify(one));
  }
  t.equal((await queued()).length, before);
});
