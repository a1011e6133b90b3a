import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type Test } from "tap";
import { Switchboard } from "../../agent/plugin/switchboard.ts";
import { ReplyDouble } from "./double.ts";

const context = { sessionID: "ses_1", callID: "call_1", directory: "/project" };

/** The replies among what the double saw; before each, the plugin asks for the agent's token. */
const said = ({ seen }: ReplyDouble) => seen.filter(({ url }) => url === "/reply");

async function installed(t: Test) {
  const line = new ReplyDouble();
  t.teardown(() => line.close());
  const url = await line.listen();
  const data = t.testdir({ "reply-url": `${url}\n`, "reply-token": "tok-1\n" });
  t.intercept(process, "env", {
    value: {
      ...process.env,
      SWITCHBOARD_HOME: "/repo",
      SWITCHBOARD_DATA_DIR: data,
      PATH: "/usr/bin",
    },
  });
  const hooks = await Switchboard();
  const call = (name: string, args: Record<string, unknown>) =>
    hooks.tool?.[name]?.execute(args, context);
  return { line, url, data, hooks, call };
}

test("the agent's shell gets send-telegram, its session and no secret, fresh at each call", async (t) => {
  const { url, data, hooks } = await installed(t);
  const output: { env: Record<string, string> } = { env: {} };
  await hooks["shell.env"]?.({ cwd: "/", sessionID: "ses_1", callID: "f.bash:(0)" }, output);
  t.strictSame(output.env, {
    OPENCODE_SERVER_PASSWORD: "",
    TELEGRAM_BOT_TOKEN: "",
    TELEGRAM_WEBHOOK_SECRET: "",
    REPLY_TOKEN: "",
    PATH: "/repo/agent/bin:/usr/bin",
    OPENCODE_SESSION_ID: "ses_1",
    SWITCHBOARD_CALL_ID: "f.bash%3A%280%29",
    SWITCHBOARD_URL: url,
    SWITCHBOARD_REPLY_TOKEN: "site.1",
  });
  writeFileSync(join(data, "reply-token"), "tok-2\n");
  writeFileSync(join(data, "reply-url"), "http://127.0.0.1:1/\n");
  const later = { env: { PATH: "/opt/bin" } };
  await hooks["shell.env"]?.({ cwd: "/" }, later);
  t.match(later.env, {
    PATH: "/repo/agent/bin:/opt/bin",
    OPENCODE_SESSION_ID: "",
    SWITCHBOARD_URL: "http://127.0.0.1:1",
    SWITCHBOARD_REPLY_TOKEN: "",
  });
  const down: { env: Record<string, string> } = { env: {} };
  await hooks["shell.env"]?.({ cwd: "/", sessionID: "ses_1" }, down);
  t.equal(down.env["SWITCHBOARD_REPLY_TOKEN"], "site.1", "the last one, while Switchboard is down");
});

test("the tools post to /reply for the session that called them", async (t) => {
  const { line, call } = await installed(t);
  const text = '"quotes"\n- ünï 👍';
  t.equal(await call("send_telegram", { text, silent: true }), "Sent.");
  const buttons = ["Ship it", "Wait"];
  t.equal(await call("send_telegram", { text, silent: false, buttons }), "Sent.");
  t.equal(await call("send_telegram", { text, silent: false, buttons: [] }), "Sent.");
  t.equal(await call("send_telegram_file", { paths: ["a.txt", "/b.txt"], caption: "c" }), "Sent.");
  t.equal(await call("send_telegram_file", { paths: "a.txt", caption: "", photo: false }), "Sent.");
  t.equal(await call("send_telegram_file", { paths: ["a.png"], photo: true }), "Sent.");
  t.strictSame(
    said(line).map(({ body }) => JSON.parse(body.toString())),
    [
      { text, silent: true, session: "ses_1", call: "call_1" },
      { text, silent: false, buttons, session: "ses_1", call: "call_1" },
      { text, silent: false, session: "ses_1", call: "call_1" },
      { files: ["/project/a.txt", "/b.txt"], text: "c", session: "ses_1", call: "call_1" },
      { files: ["/project/a.txt"], session: "ses_1", call: "call_1" },
      { photos: ["/project/a.png"], session: "ses_1", call: "call_1" },
    ],
  );
  t.match(said(line)[0], {
    url: "/reply",
    headers: { authorization: "Bearer site.1", "content-type": "application/json" },
  });
});

test("what cannot be sent is one line for the model, and is not posted", async (t) => {
  const { line, call } = await installed(t);
  t.match(await call("send_telegram", { text: "" }), /^Not sent: .*empty/);
  t.match(await call("send_telegram_file", { paths: ["a", 1] }), /^Not sent: paths/);
  t.match(await call("send_telegram", { text: "x", buttons: [1] }), /^Not sent: buttons/);
  t.equal(said(line).length, 0);
  const message = "A file is outside the folders that may be sent from.";
  line.answer = (response) => response.writeHead(403).end(JSON.stringify({ message }));
  t.equal(await call("send_telegram_file", { paths: ["a"] }), `Not sent (403): ${message}`);
  line.answer = (response) => response.writeHead(418).end("<html>");
  t.equal(await call("send_telegram", { text: "x" }), "Not sent (418): Switchboard refused it.");
  t.equal(said(line).length, 2);
  line.answerToken = (response) => response.writeHead(404).end("{}");
  t.match(await call("send_telegram", { text: "x" }), /^Not sent: Switchboard is down, or/);
});

test("an attempt cut off is repeated under the same key", async (t) => {
  const { line, call } = await installed(t);
  line.answer = (response, count) =>
    count === 1 ? response.destroy() : response.writeHead(202).end();
  t.equal(await call("send_telegram", { text: "once" }), "Sent.");
  t.equal(said(line).length, 2);
  t.equal(new Set(said(line).map(({ headers }) => headers["idempotency-key"])).size, 1);
});

test("without SWITCHBOARD_HOME the plugin does nothing", async (t) => {
  t.intercept(process, "env", { value: {} });
  t.strictSame(await Switchboard(), {});
});

test("what the terminal begins is marked, and nothing that another begins", async (t) => {
  const { hooks } = await installed(t);
  const begun = async (input: object) => {
    const parts = [{ type: "text", metadata: { theirs: 1 } }, { type: "file" }];
    await hooks["chat.message"]?.(input, { parts });
    return parts;
  };
  const typed = { agent: "build", model: { providerID: "stub", modelID: "stub" } };
  t.same(await begun(typed), [
    { type: "text", metadata: { theirs: 1, switchboard: "typed" } },
    { type: "file" },
  ]);
  for (const other of [{}, { agent: "build" }, { ...typed, messageID: "msg_1" }]) {
    t.same(await begun(other), [{ type: "text", metadata: { theirs: 1 } }, { type: "file" }]);
  }
});
