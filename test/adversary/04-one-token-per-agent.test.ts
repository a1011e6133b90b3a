import type { InjectOptions } from "fastify";
import { test, type Test } from "tap";
import { addPrompt } from "../../src/prompts/prompts.ts";
import { newPrompt } from "../support/prompts.ts";
import { bearer, line } from "../support/reply-line.ts";
import { giveSession } from "../support/session.ts";

/** Agents `site` and `default_agent`, each with a session and the token its plugin was given. */
async function agents(t: Test) {
  const all = await line(t);
  const { app } = all;
  await giveSession(app.agents, "default_agent", "ses_default");
  const tokenOf = (session: string, headers: Record<string, string> = bearer) =>
    app.inject({ method: "GET", url: `/agent-token?session=${session}`, headers });
  const authorization = async (session: string) =>
    `Bearer ${(await tokenOf(session)).json<{ token: string }>().token}`;
  const site = { authorization: await authorization("ses_site") };
  const other = { authorization: await authorization("ses_default") };
  const say = async (headers: Record<string, string>, body: object) =>
    (await app.inject({ method: "POST", url: "/reply", headers, body })).statusCode;
  const texts = async () =>
    (await all.queued()).flatMap(({ lane, payload }) =>
      payload["text"] === undefined ? [] : [[lane, payload["text"]]],
    );
  return { ...all, tokenOf, authorization, site, other, say, texts };
}

test("an agent is who its token says, whatever it names", async (t) => {
  const { site, other, say, texts } = await agents(t);
  t.not(site.authorization, other.authorization);
  t.equal(await say(site, { text: "mine" }), 202);
  t.equal(await say(site, { text: "as the other", agent: "default_agent" }), 403);
  t.equal(await say(site, { text: "by its session", session: "ses_default" }), 202);
  t.equal(await say(other, { text: "of the other" }), 202);
  t.same(await texts(), [
    ["-100:5", "mine"],
    ["-100:5", "by its session"],
    ["1000", "of the other"],
  ]);
});

test("an agent reads what was written to it, and to no other", async (t) => {
  const { app, site } = await agents(t);
  await app.store.write(async (transaction) => {
    await addPrompt(transaction, newPrompt(1, { text: "to site" }));
    await addPrompt(transaction, newPrompt(2, { text: "to the other", agent: "default_agent" }));
  });
  const read = async (query: string) => {
    const request: InjectOptions = { method: "GET", url: `/messages${query}`, headers: site };
    const answer = await app.inject(request);
    const { messages = [] } = answer.json<{ messages?: { text: string }[] }>();
    return [answer.statusCode, ...messages.map(({ text }) => text)];
  };
  t.same(await read(""), [200, "to site"]);
  t.same(await read("?session=ses_default"), [200, "to site"]);
  t.same(await read("?agent=default_agent"), [403]);
});

test("a stop revokes the token, and a start brings another", async (t) => {
  const { app, site, say, tokenOf, authorization } = await agents(t);
  t.equal(await authorization("ses_site"), site.authorization, "the same while it runs");
  await app.store.write((transaction) => app.lifecycle.stop(transaction, "site"));
  t.equal(await say(site, { text: "still here" }), 401);
  t.equal((await tokenOf("ses_site")).statusCode, 404);
  await app.store.write((transaction) => app.lifecycle.start(transaction, "site"));
  await giveSession(app.agents, "site", "ses_next");
  t.equal(await say(site, { text: "from before" }), 401);
  t.not(await authorization("ses_next"), site.authorization);
});

test("a token is given to whoever has the machine's own, and to no agent", async (t) => {
  const { tokenOf, site } = await agents(t);
  t.equal((await tokenOf("ses_default", site)).statusCode, 403);
  t.equal((await tokenOf("ses_default", {})).statusCode, 401);
  for (const wrong of ["site.", "site.x", "site", `${site.authorization.slice(7)}x`, "nobody.x"]) {
    t.equal((await tokenOf("ses_site", { authorization: `Bearer ${wrong}` })).statusCode, 401);
  }
});

test("what comes by the machine's own token says that it comes from a program", async (t) => {
  const { say, texts, app } = await agents(t);
  await app.store.write((transaction) => addPrompt(transaction, newPrompt(1)));
  const prompt = (await app.prompts.head("site"))!;
  await app.prompts.attempt(prompt, { path: "api", sessionId: "ses_site" });
  t.equal(await say(bearer, { text: "done", agent: "site", session: "ses_site", call: "c" }), 202);
  t.same(await texts(), [["1000", "From a program: done"]]);
  t.match(await app.prompts.head("site"), { replied: false }, "so it is nobody's answer");
});

test("two agents that choose the same Idempotency-Key both speak, and neither learns of the other", async (t) => {
  const { site, other, say, texts } = await agents(t);
  const key = { "idempotency-key": "release-1.2.3" };
  t.equal(await say({ ...site, ...key }, { text: "done" }), 202);
  t.equal(await say({ ...other, ...key }, { text: "done" }), 202);
  t.equal(await say({ ...site, ...key }, { text: "done" }), 202, "a repeat");
  t.equal(await say({ ...site, ...key }, { text: "other" }), 422);
  t.same(await texts(), [
    ["-100:5", "done"],
    ["1000", "done"],
  ]);
  t.equal(await say({ ...bearer, ...key }, { text: "third" }), 202, "programs have their own");
});
