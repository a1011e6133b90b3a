import { test, type Test } from "tap";
import type { FastifyInstance } from "fastify";
import { secret, startApp, token } from "../../support/app.ts";
import { rows } from "../../support/memory.ts";
import { press, update } from "../../support/updates.ts";

const header = "x-telegram-bot-api-secret-token";

async function hook(t: Test, overrides: Record<string, string> = {}) {
  const { app, kept } = await startApp(t, overrides);
  const post = (body: string | Buffer, headers: Record<string, string | string[]> = {}) =>
    app.inject({
      method: "POST",
      url: "/telegram/webhook",
      headers: { "content-type": "application/json", [header]: secret, ...headers },
      body,
    });
  const send = (body: unknown) => post(JSON.stringify(body));
  const stored = () =>
    rows<{ update_id: number; lane: string; state: string; body: string }>(
      app.store,
      "SELECT update_id, lane, state, body FROM updates ORDER BY seq",
    );
  return { app, kept, post, send, stored };
}

const telltale = /at .*:\d+|node_modules|\/work|\/tmp|AAEfake|webhook-secret|reply-token/;

/** Checks that an error answer is of the documented form and tells nothing else. */
function isPlainError(
  t: Test,
  answer: Awaited<ReturnType<FastifyInstance["inject"]>>,
  status: number,
) {
  t.equal(answer.statusCode, status);
  t.same(Object.keys(answer.json<object>()).toSorted(), ["error", "message", "statusCode"]);
  t.notMatch(answer.body, telltale);
}

test("without the secret nothing is read and nothing is stored", async (t) => {
  const { app, post, stored } = await hook(t);
  const body = JSON.stringify(update(1));
  for (const wrong of ["", "wrong", `${secret}x`, secret.slice(0, -1), secret.toUpperCase()]) {
    isPlainError(t, await post(body, { [header]: wrong }), 401);
  }
  isPlainError(t, await app.inject({ method: "POST", url: "/telegram/webhook", body }), 401);
  const twice = { [header]: [secret, secret] };
  isPlainError(t, await post(body, twice), 401);
  isPlainError(t, await post("x".repeat(2_000_000), { [header]: "wrong" }), 401);
  isPlainError(t, await post("{", { [header]: "wrong" }), 401);
  t.same(await stored(), []);
});

test("an operator's update is stored as it came, and answered with nothing", async (t) => {
  const { post, send, stored } = await hook(t);
  const body = JSON.stringify(
    { ...update(7, { text: "прив🙂ет" }), unknown: { field: [1] } },
    null,
    1,
  );
  const answer = await post(body);
  t.equal(answer.statusCode, 200);
  t.equal(answer.body, "");
  t.equal((await send(press(8, "key"))).statusCode, 200);
  t.match(await stored(), [
    { update_id: 7, lane: "1000", state: "pending", body },
    { update_id: 8, lane: "1000 fast", state: "pending" },
  ]);
  for (const type of ["application/json; charset=utf-8", "text/plain", "x/y"]) {
    t.equal(
      (await post(JSON.stringify(update(type.length)), { "content-type": type })).statusCode,
      200,
      type,
    );
  }
});

test("the same update three times makes one row", async (t) => {
  const { send, stored } = await hook(t);
  const answers = await Promise.all([1, 2, 3].map(() => send(update(5))));
  answers.push(await send(update(5, { text: "another text under the same id" })));
  t.same(
    answers.map(({ statusCode, body }) => [statusCode, body]),
    answers.map(() => [200, ""]),
  );
  t.match(await stored(), [{ update_id: 5, body: /hello/ }]);
  t.equal((await stored()).length, 1);
});

test("a stranger is answered as an operator is, and only counted", async (t) => {
  const { send, stored, kept } = await hook(t);
  const stranger = { id: 666, is_bot: false, first_name: "Mallory" };
  const words = {
    text: "private words of a stranger",
    from: stranger,
    chat: { id: 666, type: "private" },
  };
  const answers = [
    await send(update(1, words)),
    await send(update(2, words)),
    await send(press(3, "key", { from: stranger })),
    await send({ update_id: 4, edited_message: update(1, words).message }),
    await send({
      update_id: 6,
      message_reaction: {
        chat: words.chat,
        message_id: 7,
        user: stranger,
        date: 1,
        old_reaction: [],
        new_reaction: [{ type: "emoji", emoji: "👍" }],
      },
    }),
    await send({
      update_id: 5,
      channel_post: { text: "private words", chat: { id: -1, type: "channel" } },
    }),
  ];
  for (const { statusCode, body, headers } of answers) {
    t.same([statusCode, body, headers["content-type"]], [200, "", undefined]);
  }
  t.same(await stored(), []);
  const told = kept.entries.filter(({ msg }) => msg === "an update was ignored");
  t.match(told, [
    { reason: "user not allowed", count: 1 },
    { reason: "user not allowed", count: 2 },
    { reason: "user not allowed", count: 3 },
    { reason: "user not allowed", count: 4 },
    { reason: "user not allowed", count: 5 },
    { reason: "kind", count: 1 },
  ]);
  t.notMatch(kept.lines.join(""), /private words|Mallory|\b666\b/);
});

test("the log names the group in which an operator is not heard yet", async (t) => {
  const { send, stored, kept } = await hook(t, { TELEGRAM_ALLOWED_USER_ID: "1000" });
  await send(update(1, { chat: { id: -100123, type: "supergroup", title: "Our group" } }));
  t.same(await stored(), []);
  t.match(kept.entries, [{ reason: "chat not allowed", chatId: -100123 }]);
  t.notMatch(kept.lines.join(""), /Our group/);
});

test("what is no update is refused, and nothing of it is told or stored", async (t) => {
  const { post, stored } = await hook(t);
  const bad = [
    "",
    " ",
    "{",
    "null",
    "[]",
    '"x"',
    "5",
    "true",
    "{}",
    '{"update_id":"1"}',
    '{"update_id":-1}',
    '{"message":{}}',
    '{"update_id":1,"message":null}',
    '{"update_id":1,"message":[]}',
    "update_id=1",
    '{"update_id":1e400}',
    "\u0000",
    "[".repeat(50_000),
    '{"a":'.repeat(20_000),
    "9".repeat(400),
  ];
  for (const body of bad) isPlainError(t, await post(body), 400);
  isPlainError(t, await post(Buffer.from([0xff, 0xfe, 0x00])), 400);

  // Single values of a good update replaced by what does not belong there.
  const odd = [null, [], {}, "x", -1, 1.5, true, [[]], { length: 1 }, "constructor"];
  let state = 3;
  const next = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  let refused = 0;
  for (let run = 0; run < 200; run++) {
    const one = JSON.parse(
      JSON.stringify(next(2) ? update(run + 1) : press(run + 1, "k")),
    ) as object;
    let place = one as Record<string, unknown>;
    for (let depth = next(4); depth > 0; depth--) {
      const inner = Object.values(place).filter(
        (value) => typeof value === "object" && value !== null,
      );
      if (inner.length > 0) place = inner[next(inner.length)] as Record<string, unknown>;
    }
    const keys = Object.keys(place);
    place[keys[next(keys.length)] ?? "x"] = odd[next(odd.length)];
    const answer = await post(JSON.stringify(one));
    if (answer.statusCode === 400) refused += 1;
    else if (answer.statusCode !== 200) t.fail(`${answer.statusCode} for ${JSON.stringify(one)}`);
  }
  t.ok(refused > 40 && refused < 200, `${refused} of 200 refused`);
  t.ok(
    (await stored()).every(
      ({ body }) => typeof (JSON.parse(body) as { update_id: unknown }).update_id === "number",
    ),
  );
});

test("a body of 2 MB is refused as too large", async (t) => {
  const { post, stored } = await hook(t);
  isPlainError(t, await post(JSON.stringify(update(1, { text: "x".repeat(2_000_000) }))), 413);
  t.equal((await post(JSON.stringify(update(1, { text: "x".repeat(900_000) })))).statusCode, 200);
  t.equal((await stored()).length, 1);
});

test("an update that cannot be stored is left with Telegram", async (t) => {
  const { app, send, kept } = await hook(t);
  await app.store.close();
  const answer = await send(update(1, { text: "private words" }));
  isPlainError(t, answer, 503);
  t.match(answer.headers["retry-after"], /^[1-9]\d*$/);
  t.match(
    kept.entries.filter(({ level }) => Number(level) >= 50),
    [{ msg: "an update could not be stored" }, {}],
  );
  t.notMatch(kept.lines.join(""), /private words/);
});

test("only the documented routes exist, and their errors tell nothing", async (t) => {
  const { app } = await hook(t);
  const get = (url: string) => app.inject({ method: "GET", url });
  for (const url of [
    "/",
    "/telegram",
    "/telegram/webhook",
    "/telegram/webhook/x",
    "/admin",
    "/../etc/passwd",
  ]) {
    isPlainError(t, await get(url), 404);
  }
  const malformed = await get(`/bot${token}/%zz`);
  isPlainError(t, malformed, 400);
});
