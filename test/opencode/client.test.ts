import { test } from "tap";
import { OpencodeClient } from "../../src/opencode/client.ts";
import { OpencodeRefused, OpencodeUnreachable } from "../../src/opencode/errors.ts";
import { OpencodeHttp } from "../../src/opencode/http.ts";
import { password, server } from "../support/opencode.ts";

test("every call and the event stream carry Basic auth, and none without a password", async (t) => {
  const { opencode, client, url } = await server(t);
  const directory = "/srv/a b";
  const request = "per_1";
  await client.createSession(directory, "title", { yolo: true, model: "p/m/x", variant: "v" });
  await client.session("ses_1");
  await client.statuses(directory);
  await client.providers(directory);
  await client.defaultModel(directory);
  await client.permissions(directory);
  await client.questions(directory);
  await client.messages("ses_1", 5);
  await client.message("ses_1", "msg_1");
  await client.prompt("ses_1", directory, {
    messageId: "msg_1",
    partId: "prt_1",
    text: "x",
    agent: "plan",
    model: "p/m",
    variant: undefined,
  });
  await client.abort("ses_1", directory);
  await client.answerPermission(request, directory, "once");
  await client.answerQuestion(request, directory, [["a"]]);
  await client.rejectQuestion(request, directory);
  const ended = new AbortController();
  await client.events(ended.signal);
  ended.abort();

  const basic = `Basic ${Buffer.from(`operator:${password}`).toString("base64")}`;
  t.equal(opencode.seen.length, 16);
  t.ok(opencode.seen.every(({ authorization }) => authorization === basic));
  const where = "?directory=%2Fsrv%2Fa+b";
  t.match(opencode.seen, [
    { method: "GET", url: "/global/health" },
    {
      method: "POST",
      url: `/session${where}`,
      body: {
        title: "title",
        permission: [{ permission: "*", pattern: "*", action: "allow" }],
        model: { providerID: "p", id: "m/x", variant: "v" },
      },
    },
    { method: "GET", url: "/session/ses_1" },
    { url: `/session/status${where}` },
    { url: `/config/providers${where}` },
    { url: `/config${where}` },
    { url: `/permission${where}` },
    { url: `/question${where}` },
    { url: "/session/ses_1/message?limit=5" },
    { url: "/session/ses_1/message/msg_1" },
    {
      method: "POST",
      url: `/session/ses_1/prompt_async${where}`,
      body: {
        messageID: "msg_1",
        parts: [{ id: "prt_1", type: "text", text: "x" }],
        model: { providerID: "p", modelID: "m" },
      },
    },
    { method: "POST", url: `/session/ses_1/abort${where}` },
    { url: `/permission/per_1/reply${where}`, body: { reply: "once" } },
    { url: `/question/per_1/reply${where}`, body: { answers: [["a"]] } },
    { method: "POST", url: `/question/per_1/reject${where}` },
    { url: "/global/event" },
  ]);
  const open = new OpencodeClient(
    new OpencodeHttp({ url, username: "operator", password: undefined }),
  );
  await open.createSession(directory, "t", { yolo: false, model: undefined, variant: undefined });
  t.same(opencode.seen.at(-1)?.body, { title: "t" });
  t.equal(opencode.seen.at(-1)?.authorization, undefined);
});

test("an error status is a refusal with its number, no answer is unreachable", async (t) => {
  const { opencode, client, url } = await server(t);
  for (const status of [400, 401, 404, 500, 503]) {
    opencode.answer = (_, response) => response.writeHead(status).end("secret page");
    const error: unknown = await client.session("ses_1").catch((caught: unknown) => caught);
    t.ok(error instanceof OpencodeRefused && error.status === status);
    t.notMatch((error as Error).message, /secret page|password/);
  }
  opencode.answer = (_, response) => response.writeHead(404).end();
  t.equal(await client.message("ses_1", "msg_none"), undefined);
  opencode.answer = (_, response) => response.writeHead(500).end();
  await t.rejects(client.message("ses_1", "msg_1"), OpencodeRefused);

  opencode.answer = (_, response) => response.destroy();
  t.equal(await mayHaveActed(client.session("ses_1")), false, "it only reads");
  opencode.answer = ({ method }, response) =>
    method === "POST" ? response.destroy() : response.end("{}");
  await client.session("ses_1");
  t.equal(await mayHaveActed(client.abort("ses_1", "/srv")), true, "it was sent");
  opencode.answer = (_, response) => response.destroy();
  t.equal(await mayHaveActed(client.abort("ses_1", "/srv")), false, "a probe goes first");
  opencode.answer = (_, response) => response.end("<html>not json");
  await t.rejects(client.session("ses_1"), OpencodeUnreachable);
  const impatient = new OpencodeClient(
    new OpencodeHttp({ url, username: "o", password, timeoutMs: 20 }),
  );
  await t.rejects(impatient.session("ses_1"), OpencodeUnreachable);
  opencode.answer = () => undefined;
  await t.rejects(impatient.session("ses_1"), OpencodeUnreachable);
  await opencode.close();
  await t.rejects(client.session("ses_1"), {
    name: "OpencodeUnreachable",
    message: "opencode did not answer GET /session/ses_1",
  });
  await t.rejects(client.events(new AbortController().signal), OpencodeUnreachable);
});

test("ids in an address cannot lead elsewhere", async (t) => {
  const { opencode, client } = await server(t);
  await client.session("../global/dispose?x=1");
  t.equal(opencode.seen.at(-1)?.url, "/session/..%2Fglobal%2Fdispose%3Fx%3D1");
});

async function mayHaveActed(call: Promise<unknown>): Promise<unknown> {
  const error: unknown = await call.catch((caught: unknown) => caught);
  return error instanceof OpencodeUnreachable ? error.mayHaveActed : error;
}
