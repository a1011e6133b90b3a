import { test } from "tap";
import { defaultAgent } from "../../src/agents/agents.ts";
import { addPrompt } from "../../src/prompts/prompts.ts";
import { change, rows } from "../support/memory.ts";
import { bearer, line } from "../support/reply-line.ts";

test("an agent reads what its operators wrote, oldest first: the newest, or page by page", async (t) => {
  const { app } = await line(t);
  for (let id = 1; id <= 120; id++) {
    await app.store.write((transaction) =>
      addPrompt(transaction, {
        updateId: id,
        agent: id === 2 ? "site" : defaultAgent,
        conversation: "1000",
        operator: 1000,
        chatMessageId: id,
        text: `text ${id}`,
        sentAt: 1_700_000_000_000,
      }),
    );
  }
  const get = (query: string, headers: Record<string, string> = bearer) =>
    app.inject({ method: "GET", url: `/messages${query}`, headers });
  const read = async (query: string) =>
    (await get(query)).json<{ messages: { id: number; text: string }[] }>().messages;
  const newest = await read("");
  t.match([newest.length, newest[0], newest.at(-1)], [100, { id: 21 }, { id: 120 }]);
  const first = await read("?after=0");
  t.equal(first.length, 100);
  t.strictSame(first[0], {
    id: 1,
    text: "text 1",
    sent_at: "2023-11-14T22:13:20.000Z",
    state: "queued",
  });
  t.equal(first[1]?.text, "text 3");
  const rest = await read(`?after=${first.at(-1)?.id}`);
  t.match([rest.length, rest[0], rest.at(-1)], [19, { id: 102 }, { id: 120 }]);
  t.match(await read("?agent=site"), [{ text: "text 2" }]);
  t.match(await read("?session=ses_site"), [{ text: "text 2" }]);
  t.equal((await get("?agent=nobody")).statusCode, 404);
  t.equal((await get("?session=ses_nobody")).statusCode, 503, "opencode is down");
  t.equal((await get("?after=-1")).statusCode, 400);
  t.equal((await get("?after=x")).statusCode, 400);
  t.equal((await get("", {})).statusCode, 401);
  t.equal((await rows(app.store, "SELECT 1 FROM prompts")).length, 120);
});

test("a message that came with files names those that are there", async (t) => {
  const { app } = await line(t);
  const file = { media: "photo" as const, fileId: "f", original: "a.jpg", size: undefined };
  const about = { agent: defaultAgent, conversation: "1000", operator: 1000, sentAt: 0 };
  await app.store.write((transaction) =>
    addPrompt(transaction, {
      ...about,
      updateId: 1,
      chatMessageId: 1,
      text: "",
      files: [file, file],
    }),
  );
  const files =
    "UPDATE prompt_parts SET state = 'saved', path = '/srv/site/a.jpg' WHERE name = 'a.jpg'";
  await change(app.store, files);
  const answer = await app.inject({ method: "GET", url: "/messages", headers: bearer });
  t.match(answer.json(), {
    messages: [{ text: "", state: "receiving", files: ["/srv/site/a.jpg"] }],
  });
});
