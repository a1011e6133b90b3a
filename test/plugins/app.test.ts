import { test, type Test } from "tap";
import { BotApiServer } from "../../sandbox/telegram/server.ts";
import { endTmuxServer } from "../../sandbox/tmux-server.ts";
import { buildApp } from "../../src/app.ts";
import { readConfig } from "../../src/config.ts";
import type { SessionMessage } from "../../src/opencode/client.ts";
import { keptLog, replyToken, tempDir, testEnv, token } from "../support/app.ts";
import { OpencodeDouble } from "../support/opencode.ts";
import { freePort } from "../../sandbox/port.ts";
import { answer, prompted } from "../support/session.ts";

/** opencode as far as one session goes: a prompt is stored, and answered with `echo: …`. */
function echoing(opencode: OpencodeDouble): SessionMessage[] {
  const usual = opencode.answer;
  const messages: SessionMessage[] = [];
  opencode.answer = (seen, response) => {
    const path = seen.url.split("?")[0] ?? "";
    const send = (body: unknown, status = 200) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (path === "/global/health") return send({}, seen.authorization === undefined ? 401 : 200);
    if (path === "/session") return send({ id: "ses_echo" });
    if (path === "/session/status") return send({});
    if (path.endsWith("/prompt_async")) {
      const { messageID, parts } = seen.body as { messageID: string; parts: { text: string }[] };
      const text = parts[0]?.text ?? "";
      messages.push(prompted(messageID, text), answer({ text: `echo: ${text}` }));
      return response.writeHead(204).end();
    }
    if (path.endsWith("/message")) return send(messages);
    const one = /\/message\/(.+)$/.exec(path)?.[1];
    if (one === undefined) return usual(seen, response);
    const found = messages.find(({ info }) => info.id === one);
    return found ? send(found) : send({}, 404);
  };
  return messages;
}

async function stage(t: Test) {
  const telegram = new BotApiServer({ token });
  const apiRoot = await telegram.listen();
  t.teardown(() => telegram.close());
  const opencode = new OpencodeDouble();
  const messages = echoing(opencode);
  const url = await opencode.listen();
  t.teardown(() => opencode.close());
  const port = await freePort();
  const socket = `switchboard-app-${process.pid}-${port}`;
  t.teardown(() => endTmuxServer(socket));
  const env = {
    ...testEnv(tempDir(t)),
    PATH: process.env["PATH"],
    TELEGRAM_API_ROOT: apiRoot,
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    OPENCODE_API_URL: url,
    DELIVERY: "api",
    TMUX_SOCKET_NAME: socket,
  };
  const start = async () => {
    const { kept, log } = keptLog();
    const app = await buildApp(readConfig(env), log);
    t.teardown(() => app.close());
    await app.listen({ host: "127.0.0.1", port });
    return { app, log: kept };
  };
  /** What /readyz says once it says something that fits. */
  const readyz = async (fits: (body: string) => boolean) => {
    for (;;) {
      const response = await fetch(`http://127.0.0.1:${port}/readyz`);
      const body = await response.text();
      if (fits(body)) return { status: response.status, body: JSON.parse(body) as object };
      await new Promise(setImmediate);
    }
  };
  return { telegram, opencode, messages, start, readyz, port };
}

test("the bridge is ready when Telegram, opencode and the store are, and says what is missing", async (t) => {
  const { telegram, opencode, start, readyz } = await stage(t);
  telegram.fault({ method: "getMe", kind: "5xx" });
  const { log } = await start();
  t.match(await readyz((body) => body.includes("getMe")), {
    status: 503,
    body: { ready: false, missing: { webhook: "Telegram does not answer getMe" } },
  });
  await opencode.streamOpened();
  opencode.emit({ type: "server.connected" });
  t.same(await readyz((body) => body.includes("true")), {
    status: 200,
    body: { ready: true, missing: {} },
  });
  opencode.answer = (_, response) => response.writeHead(500).end();
  (await opencode.streamOpened()).destroy();
  t.match(await readyz((body) => body.includes("false")), {
    status: 503,
    body: { missing: { opencode: "opencode does not answer" } },
  });
  t.notMatch(log.lines.join(""), /AAEfake|webhook-secret-of|reply-token-of/);
});

test("a message becomes a prompt, the turn's words come back, and a restart repeats nothing", async (t) => {
  const { telegram, opencode, messages, start, port } = await stage(t);
  const first = await start();
  const { update_id, update } = telegram.operatorSends({ text: "hello" });
  await telegram.shown(({ text }) => text === "echo: hello");
  t.equal(await telegram.acknowledged(update_id), "delivered");
  t.match(messages, [{ info: { id: /^msg_[0-9a-f]{12}/ } }, {}]);

  telegram.post(update);
  await telegram.acknowledged(update_id, { times: 2 });
  await first.app.close();
  await t.rejects(fetch(`http://127.0.0.1:${port}/healthz`));
  const { message } = telegram.operatorSends({ text: "while it was down" });
  telegram.post(update);
  const since = telegram.mark();
  await start();
  await telegram.acknowledged(update_id, { times: 3 });
  await telegram.shown(({ text }) => text === "echo: while it was down");
  t.same(
    telegram.chat().map(({ text }) => text),
    ["hello", "echo: hello", "while it was down", "echo: while it was down"],
  );
  t.equal(
    opencode.seen.filter(({ url, method }) => method === "POST" && url.startsWith("/session?"))
      .length,
    1,
  );
  t.notOk(
    telegram.calls.some(({ method, sequence }) => sequence > since && method === "setWebhook"),
  );
  const done = () => telegram.chat().find(({ message_id }) => message_id === message.message_id);
  await telegram.until(() => (done()?.reactions.includes("👍") ? true : undefined));

  const reply = await fetch(`http://127.0.0.1:${port}/reply`, {
    method: "POST",
    headers: { authorization: `Bearer ${replyToken}`, "content-type": "text/plain" },
    body: "by the agent's own tool",
  });
  t.equal(reply.status, 202);
  await telegram.shown(({ text }) => text === "From a program: by the agent's own tool");
  telegram.operatorSends({ text: "/status" });
  await telegram.shown(({ text }) =>
    /^Agent: default_agent\nState: idle\nFolder: .*\n(Mode: .*\nModel: .*\n)?Messages: 0 running, 0 wait/.test(
      text,
    ),
  );
});
