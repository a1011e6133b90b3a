import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { test, type Test } from "tap";
import { readEnvFile } from "../../cli/env-file.ts";
import { BotApiServer } from "../../sandbox/telegram/server.ts";
import { endTmuxServer } from "../../sandbox/tmux-server.ts";
import { readConfig } from "../../src/config.ts";
import { compileCache, tempDir, token } from "../support/app.ts";
import { stackMissing } from "../support/stage.ts";
import { until } from "../support/until.ts";

const main = join(import.meta.dirname, "../../cli/setup/main.ts");

/** `npm run setup` in a terminal: a folder of its own, and a Bot API server in Telegram's place. */
async function terminal(t: Test) {
  const telegram = new BotApiServer({ token });
  t.teardown(() => telegram.close());
  const apiRoot = await telegram.listen();
  const dir = tempDir(t);
  const folder = join(dir, "checkout");
  /** Where the code is that setup ended with. */
  const code = join(dir, "exit-code");
  mkdirSync(folder);
  const socket = `switchboard-setup-${process.pid}`;
  t.teardown(() => endTmuxServer(socket));
  const env = {
    ...compileCache,
    PATH: process.env["PATH"] ?? "",
    HOME: dir,
    LANG: "C.UTF-8",
    TELEGRAM_API_ROOT: apiRoot,
    // The real one waits for the network; what does not say its models is no obstacle.
    OPENCODE_BIN: "false",
  };
  const tmux = async (...args: string[]) =>
    (await execa("tmux", ["-L", socket, "-f", "/dev/null", ...args], { env, extendEnv: false }))
      .stdout;
  const start = async (...flags: string[]) => {
    rmSync(code, { force: true });
    const setup = [process.execPath, main, ...flags].map((word) => `'${word}'`).join(" ");
    // tmux 3.3a sometimes never tells with what a program ended.
    const command = `${setup}; echo $? > '${code}.new'; mv '${code}.new' '${code}'`;
    const size = ["-x", "110", "-y", "60"];
    await tmux(
      "new-session",
      "-d",
      "-s",
      "x",
      ...size,
      "-c",
      folder,
      command,
      ";",
      "set",
      "remain-on-exit",
      "on",
    );
  };
  const screen = () => tmux("capture-pane", "-p", "-J", "-t", "=x:");
  /** Waits until the last lines of the screen match. */
  const shows = async (what: RegExp) => {
    try {
      return await until(async () => what.exec((await screen()).trimEnd()) ?? undefined);
    } catch {
      throw new Error(`never shown: ${String(what)}\n${await screen()}`);
    }
  };
  const keys = (...names: string[]) => tmux("send-keys", "-t", "=x:", ...names);
  /** Types where a question stands. */
  const answer = async (question: RegExp, ...names: string[]) => {
    await shows(new RegExp(`◆ {2}${question.source}[^◆◇]*$`));
    await keys(...names);
  };
  const ended = async () => {
    const status = await until(() => (existsSync(code) ? readFileSync(code, "utf8") : undefined));
    const text = await screen();
    await tmux("kill-server");
    return { code: Number(status), text };
  };
  return { telegram, folder, start, answer, shows, keys, ended, env: join(folder, ".env") };
}

test("without a terminal it says in one line which flag is missing", async (t) => {
  const cwd = tempDir(t);
  const env = {
    ...compileCache,
    PATH: process.env["PATH"] ?? "",
    HOME: cwd,
    OPENCODE_BIN: "false",
  };
  const options = { cwd, env, reject: false, stdin: "ignore", extendEnv: false } as const;
  const run = (...flags: string[]) => execa(process.execPath, [main, ...flags], options);
  const [missing, help] = await Promise.all([run(), run("--help")]);
  t.match(missing, {
    exitCode: 1,
    stdout: "",
    stderr: /^There is no terminal [^\n]*--token-file\.$/,
  });
  t.match(help, { exitCode: 0, stdout: /^Sets up Switchboard[^]*--token-file PATH/, stderr: "" });
  t.same(readdirSync(cwd), []);
});

test(
  "a person sets it up in a terminal, and Ctrl-C ends a second run",
  { skip: stackMissing() },
  async (t) => {
    const { telegram, folder, start, answer, shows, keys, ended, env } = await terminal(t);
    await start("--caddy", "print");
    await answer(/The token/, "hello", "Enter");
    await shows(/▲ {2}The token[^◆]*This must be the token from BotFather[^◆]*$/);
    await keys("C-u", token, "Enter");
    const [, code] = (await shows(/start=(\w{8})\b[^]*Waiting for that message[^◆◇]*$/)) ?? [];
    // What is typed while something is awaited answers nothing.
    await keys("n", "Enter");
    telegram.operatorSends({ chatId: 77, text: "/start WRONGONE" });
    telegram.operatorSends({ text: `/start ${code}` });
    await answer(/Take orders from Operator, id 1000\?/, "Enter");
    await answer(/Does this machine have a public address\?/, "Enter");
    await answer(/Which domain name\?/, "bot.invalid", "Enter");
    await answer(/When must agents ask you first\?/, "Down", "Enter");
    await answer(/Change these settings of opencode\?/, "Enter");
    await answer(/Which model\?/, "Enter");
    await answer(/How should Switchboard run\?/, "Up", "Enter");
    t.notOk(existsSync(env), "nothing is written before it is confirmed");
    await answer(/Write it\?/, "Enter");
    const first = await ended();
    t.equal(first.code, 0);
    t.match(
      first.text,
      /bot\.invalid does not resolve yet[^]*^sed -e [^│]*sudo tee \/etc\/caddy\/Caddyfile/m,
    );
    t.notMatch(first.text, /User 77|AAEfake/);
    t.equal(statSync(env).mode & 0o777, 0o600);
    t.match(readConfig(readEnvFile(env)), {
      telegram: { token, allowedChats: [1000], publicUrl: "https://bot.invalid" },
    });
    const opencode = join(folder, "../.config/opencode/opencode.json");
    t.same(JSON.parse(readFileSync(opencode, "utf8")), {
      permission: { bash: "ask", edit: "ask" },
    });

    const before = readFileSync(env, "utf8");
    await start("--model", "other/model");
    await answer(/Keep the bot @switchboard_sandbox_bot\?/, "Enter");
    await answer(/Which chats may give orders\?/, "Down", "Enter");
    await shows(/Waiting for that message[^◆◇]*$/);
    await keys("C-c");
    const second = await ended();
    t.equal(second.code, 130);
    t.match(second.text, "Nothing was changed.");
    t.equal(readFileSync(env, "utf8"), before);
  },
);
