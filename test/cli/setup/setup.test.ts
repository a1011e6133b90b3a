import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test, type Test } from "tap";
import { readEnvFile } from "../../../cli/env-file.ts";
import { readFlags } from "../../../cli/setup/flags.ts";
import type { SetupOptions } from "../../../cli/setup/options.ts";
import { Cancelled, nobody, withUsualAnswers } from "../../../cli/setup/prompts.ts";
import { setUp } from "../../../cli/setup/setup.ts";
import { BotApiServer } from "../../../sandbox/telegram/server.ts";
import { readConfig } from "../../../src/config.ts";
import { tempDir, token } from "../../support/app.ts";
import { fakeProcesses, person } from "../../support/setup-person.ts";

const root = join(import.meta.dirname, "../../..");
const stopped = () => new AbortController();

/** A machine to be set up: a folder, a home, a Bot API server. `by` runs the set-up with flags there. */
async function machine(t: Test) {
  const server = new BotApiServer({ token });
  t.teardown(() => server.close());
  const apiRoot = await server.listen();
  const dir = tempDir(t);
  const folder = join(dir, "checkout");
  mkdirSync(folder);
  const tokenFile = join(dir, "token");
  writeFileSync(tokenFile, token);
  const said: string[] = [];
  const { processes } = fakeProcesses({
    "opencode models": { code: 0, output: "a/model\nb/model\n" },
  });
  const by = (flags: string, more: Partial<SetupOptions> = {}) =>
    setUp({
      prompts: withUsualAnswers(nobody((line) => said.push(line), stopped().signal)),
      flags: readFlags(flags.split(" ").filter(Boolean)),
      env: { HOME: join(dir, "home"), TELEGRAM_API_ROOT: apiRoot },
      folder,
      processes,
      checkout: root,
      caddyfile: join(dir, "Caddyfile"),
      isRoot: false,
      hasSystemd: false,
      signal: stopped().signal,
      begin: () => undefined,
      look: async () => "free",
      ...more,
    });
  const env = join(folder, ".env");
  const opencode = join(dir, "home/.config/opencode/opencode.json");
  const first = `--token-file ${tokenFile} --chat 1000 --public-url bot.example.com --run no`;
  return { server, by, said, dir, folder, env, opencode, first };
}

test("flags alone set it up, and Switchboard reads what is written", async (t) => {
  const { by, first, env, opencode, folder, dir, said } = await machine(t);
  t.equal(await by(`${first} --permissions ask --model a/model --yes`), 0);
  t.equal(statSync(env).mode & 0o777, 0o600);
  const config = readConfig(readEnvFile(env));
  t.match(config, {
    telegram: { token, allowedChats: [1000], publicUrl: "https://bot.example.com" },
    opencode: { model: "a/model" },
    receive: "webhook",
  });
  for (const secret of [config.telegram.secret, config.http.replyToken, config.opencode.password]) {
    t.match(secret, /^[\w-]{43}$/);
  }
  t.match(readFileSync(opencode, "utf8"), /"bash": "ask"/);
  t.same(readdirSync(folder), [".env"]);
  t.notOk(existsSync(join(dir, "Caddyfile")), "not root: the commands are printed");
  t.match(said.join("\n"), "sudo tee /etc/caddy/Caddyfile");
  t.notMatch(said.join("\n"), token);
});

test("running it again changes only what was asked", async (t) => {
  const { by, first, env, opencode } = await machine(t);
  await by(`${first} --yes`);
  const before = readFileSync(env, "utf8");
  const own = before.replace("#KEEP_DAYS=8", "KEEP_DAYS=30 # mine");
  writeFileSync(env, own);
  await by("--run no --yes");
  t.equal(readFileSync(env, "utf8"), own);
  await by("--run no --model b/model --port 9001 --yes");
  const expected = own
    .replace("#OPENCODE_MODEL=", "OPENCODE_MODEL=b/model")
    .replace("#PORT=8787", "PORT=9001");
  t.equal(readFileSync(env, "utf8"), expected);
  await by("--run no --receive pull --model auto --yes");
  t.match(readConfig(readEnvFile(env)), { receive: "pull", opencode: { model: undefined } });
  t.notOk(existsSync(opencode), "opencode's settings were never to be changed");
});

test("a .env with another line that is wrong is named before anything is written", async (t) => {
  const { by, first, env } = await machine(t);
  writeFileSync(env, "KEEP_DAYS=1\nPORT=x\n");
  await t.rejects(by(`${first} --yes`), { name: "SetupError", message: /KEEP_DAYS is invalid/ });
  t.equal(readFileSync(env, "utf8"), "KEEP_DAYS=1\nPORT=x\n");
});

test("secrets that an earlier start made stay valid", async (t) => {
  const { by, first, env, folder } = await machine(t);
  writeFileSync(env, `TELEGRAM_BOT_TOKEN=${token}\nDATA_DIR=kept\n`);
  mkdirSync(join(folder, "kept"));
  writeFileSync(join(folder, "kept/reply-token"), "x");
  writeFileSync(join(folder, "kept/opencode-password"), "x");
  await by(`${first} --yes`);
  const { TELEGRAM_WEBHOOK_SECRET, REPLY_TOKEN, OPENCODE_SERVER_PASSWORD } = readEnvFile(env);
  t.same(
    [TELEGRAM_WEBHOOK_SECRET, REPLY_TOKEN, OPENCODE_SERVER_PASSWORD],
    [undefined, undefined, undefined],
  );
});

test("a person answers every question, and Ctrl-C at any of them leaves nothing behind", async (t) => {
  const { by, server, env, folder, dir, opencode } = await machine(t);
  const steps = (write: boolean) =>
    [
      [/BotFather/, token],
      [
        /^Waiting for that message/,
        () => {
          const code = /start=(\w+)/.exec(someone.shown.join("\n"))?.[1];
          server.operatorSends({ text: `/start ${code}` });
        },
      ],
      [/^Take orders from Operator/, true],
      [/public address/, "webhook"],
      [/^Which domain name/, "bot.example.com"],
      [/^When must agents ask/, "ask"],
      [/^Change these settings of opencode/, true],
      [/^Which model/, "c/unknown"],
      [/^Use it anyway/, true],
      [/^Write .*Caddyfile for bot\.example\.com/, true],
      [/^How should Switchboard run/, "no"],
      [/^Write it/, write],
    ] as Parameters<typeof person>;
  let someone = person();
  const run = () => by("", { prompts: someone, isRoot: true });
  const all = steps(false).length;
  for (const count of Array.from({ length: all }, (_, index) => index)) {
    const some = steps(true).slice(0, count + 1);
    const last = some.at(-1);
    if (last) last[1] = undefined;
    someone = person(...some);
    await t.rejects(run(), Cancelled, `Ctrl-C at ${String(last?.[0])}`);
  }
  someone = person(...steps(false));
  await t.rejects(run(), Cancelled);
  t.same(readdirSync(folder), []);
  t.same(readdirSync(dir).toSorted(), ["checkout", "token"]);

  someone = person(...steps(true));
  t.equal(await run(), 0);
  someone.done();
  t.match(readConfig(readEnvFile(env)), { telegram: { allowedChats: [1000] } });
  t.match(readFileSync(opencode, "utf8"), /"edit": "ask"/);
  t.match(readFileSync(join(dir, "Caddyfile"), "utf8"), /^bot\.example\.com \{$/m);
  const shown = someone.shown.join("\n");
  t.match(shown, /opencode does not list c\/unknown(.|\n)*Restart Caddy now/);
});

test("Ctrl-C while it writes ends it after the step in hand", async (t) => {
  const { by, first, env, opencode } = await machine(t);
  const stop = stopped();
  const ended = by(`${first} --permissions ask --yes`, {
    signal: stop.signal,
    begin: () => stop.abort(new Cancelled()),
  });
  await t.rejects(ended, Cancelled);
  t.match(readConfig(readEnvFile(env)), { telegram: { token } }, "the whole file");
  t.notOk(existsSync(opencode));
});

test("without a terminal the flag that is missing is named, and nothing is written", async (t) => {
  const { by, env, folder, first } = await machine(t);
  const prompts = nobody(() => undefined, stopped().signal);
  const wanted = [
    [first, "--permissions"],
    [`${first} --permissions keep`, "--model"],
    [`${first} --permissions keep --model auto`, "--yes"],
    [`${first} --permissions ask`, "--yes"],
    [first.replace("--chat 1000", ""), "--chat"],
    [first.replace("--public-url bot.example.com", ""), "--public-url"],
    [first.replace(/--token-file \S+/, ""), "--token-file"],
    [first.replace("--run no", "--model auto --permissions keep"), "--run"],
    [`${first} --caddy write`, "needs root"],
  ] as const;
  for (const [flags, missing] of wanted) {
    const whole = missing === "needs root" ? `${flags} --model auto --permissions keep` : flags;
    await t.rejects(by(whole, { prompts }), { name: "SetupError", message: new RegExp(missing) });
  }
  rmSync(env, { force: true });
  mkdirSync(env);
  await t.rejects(by(first), { name: "SetupError", message: /\.env cannot be read/ });
  t.same(readdirSync(folder), [".env"]);
});

test("it does not start before a person has seen to Caddy", async (t) => {
  const { by, first } = await machine(t);
  const { processes, commands } = fakeProcesses();
  const someone = person([/^Write it/, true], [/^Have you done that/, undefined]);
  const flags = `${first.replace("--run no", "--run tmux")} --permissions keep --model auto`;
  await t.rejects(by(flags, { prompts: someone, processes }), Cancelled);
  t.match(someone.shown.at(-1), /^Run this for Caddy/);
  t.notOk(commands.some((line) => line.includes("new-session")));
});

test("a Caddyfile of other sites is not touched", async (t) => {
  const { by, first, dir, said } = await machine(t);
  writeFileSync(join(dir, "Caddyfile"), "mine.example.com {\n}\n");
  await by(`${first} --yes`, { isRoot: true });
  t.equal(readFileSync(join(dir, "Caddyfile"), "utf8"), "mine.example.com {\n}\n");
  t.match(said.join("\n"), /serves something else already/);
  await t.rejects(by(`${first} --caddy write --yes`, { isRoot: true }), { name: "SetupError" });
});

test("what the system refuses is said in one line", async (t) => {
  const { by, first, env, folder } = await machine(t);
  const failed = { name: "SetupError", message: /^\S+ cannot be written: .*\.$/ };
  symlinkSync("/nowhere/env", env);
  await t.rejects(by(`${first} --yes`), failed, "where a link leads nowhere");
  t.same(readdirSync(folder), [".env"]);
});

test("what came from elsewhere cannot control the terminal", async (t) => {
  const { by, first, said } = await machine(t);
  const bell = "\u{1b}]0;owned\u{7}\u{9b}2J";
  const server = createServer((_request, response) =>
    response.end(JSON.stringify({ ready: false, missing: { a: bell } })),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const panes = ["0\n", "1\n"];
  const { processes } = fakeProcesses({
    "tmux has-session": { code: 1, output: "" },
    "tmux list-panes": () => ({ code: 0, output: panes.shift() ?? "1\n" }),
    "tmux capture-pane": { code: 0, output: `${bell}\nlast words\n` },
    tmux: { code: 0, output: "" },
  });
  const flags = `${first.replace("--run no", "--run tmux")} --port ${port} --yes --no-doctor`;
  await by(flags, { processes });
  t.match(said.join("\n"), /owned(.|\n)*last words/);
  t.notMatch(said.join("\n"), /[^\P{Cc}\n]/u);
});

test("it starts Switchboard in tmux, waits until it is ready and returns what the doctor says", async (t) => {
  const { by, first, env, folder } = await machine(t);
  const answers = [{ ready: false, missing: { opencode: "not yet" } }, { ready: true }];
  const server = createServer((request, response) => {
    const isHealth = request.url === "/healthz";
    const answer = isHealth ? { alive: true } : (answers.shift() ?? { ready: true });
    response.end(JSON.stringify(answer));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  for (const [code, exit] of [
    [0, 0],
    [3, 1],
  ] as const) {
    const { processes, commands } = fakeProcesses({
      "tmux has-session": { code: 1, output: "" },
      "tmux list-panes": { code: 0, output: "0\n" },
      tmux: { code: 0, output: "" },
      "npm run --silent doctor": { code, output: "" },
    });
    const flags = `${first.replace("--run no", "--run tmux")} --port ${port} --yes`;
    t.equal(await by(flags, { processes }), exit);
    t.ok(
      commands.some((line) =>
        line.startsWith(`tmux new-session -d -s bridge -n switchboard -c ${folder} npm start ;`),
      ),
    );
    t.equal(commands.at(-1), "npm run --silent doctor");
    t.notOk(commands.join("\n").includes(token));
  }
  t.match(readEnvFile(env), { PORT: `${port}` });
});
