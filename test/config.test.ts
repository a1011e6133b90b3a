import { spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "tap";
import { isLoopbackUrl, readConfig } from "../src/config.ts";
import { ConfigError } from "../src/errors.ts";
import { compileCache, tempDir, testEnv, token } from "./support/app.ts";

const least = {
  TELEGRAM_BOT_TOKEN: token,
  TELEGRAM_ALLOWED_CHAT_ID: "1000",
  PUBLIC_URL: "https://bot.example.com",
};

const byName = (a: string, b: string) => a.localeCompare(b);

function problemsOf(env: NodeJS.ProcessEnv): string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test("three variables are enough, and the rest is as documented", async (t) => {
  const config = readConfig(least);
  t.match(config, {
    telegram: {
      token,
      allowedChats: [1000],
      allowedUsers: [1000],
      secret: createHmac("sha256", token).update("switchboard webhook secret").digest("base64url"),
      apiRoot: "https://api.telegram.org",
      publicUrl: "https://bot.example.com",
    },
    http: { host: "127.0.0.1", port: 8787, replyToken: undefined },
    dataDir: resolve("data"),
    workspaceDir: resolve("github_work_desk"),
    opencode: {
      url: "http://127.0.0.1:5050",
      username: "opencode",
      password: undefined,
      bin: "opencode",
      model: undefined,
      variant: undefined,
      yolo: false,
    },
    delivery: "tmux",
    replyMode: "auto",
    tmuxSocketName: "switchboard",
    logLevel: "info",
  });
  t.match(
    config.telegram.secret,
    /^[A-Za-z0-9_-]{43}$/,
    "the derived secret is one Telegram takes",
  );
  const other = readConfig({ ...least, TELEGRAM_BOT_TOKEN: token.replace("9", "8") });
  t.not(other.telegram.secret, config.telegram.secret, "another token, another secret");
});

test("values are read as written, lists in any spacing, an empty one as unset", async (t) => {
  const config = readConfig({
    ...least,
    TELEGRAM_ALLOWED_CHAT_ID: " 1000 , -1001234567890 ",
    TELEGRAM_ALLOWED_USER_ID: "1000,2000",
    TELEGRAM_WEBHOOK_SECRET: "chosen_Secret-1",
    PUBLIC_URL: "https://bot.example.com/base//",
    PORT: "",
    OPENCODE_API_URL: "http://10.0.0.5:5050/",
    OPENCODE_YOLO: "true",
    OPENCODE_MODEL: "provider/model/with/slashes",
    DELIVERY: "api",
  });
  t.match(config, {
    telegram: {
      allowedChats: [1000, -1001234567890],
      allowedUsers: [1000, 2000],
      secret: "chosen_Secret-1",
      publicUrl: "https://bot.example.com/base",
    },
    http: { port: 8787 },
    opencode: { url: "http://10.0.0.5:5050", yolo: true, model: "provider/model/with/slashes" },
    delivery: "api",
  });
});

test("each mistake is one line that names the variable and what is right, and shows no value", async (t) => {
  const wrong: [name: string, value: string | undefined, line: RegExp][] = [
    ["TELEGRAM_BOT_TOKEN", undefined, /is missing; set it to the token from BotFather/],
    ["TELEGRAM_BOT_TOKEN", "not-the-TOKEN", /is invalid; it must be the token from BotFather/],
    ["TELEGRAM_ALLOWED_CHAT_ID", undefined, /is missing; set it to chat ids/],
    ["TELEGRAM_ALLOWED_CHAT_ID", "", /is missing/],
    ["TELEGRAM_ALLOWED_CHAT_ID", "@channelname", /chat ids/],
    ["TELEGRAM_ALLOWED_CHAT_ID", "1000,,2000", /chat ids/],
    ["TELEGRAM_ALLOWED_USER_ID", "-12345", /user ids/],
    ["TELEGRAM_ALLOWED_USER_ID", "somebody", /user ids/],
    ["TELEGRAM_WEBHOOK_SECRET", "with space", /1 to 256 characters/],
    ["TELEGRAM_WEBHOOK_SECRET", "x".repeat(257), /1 to 256 characters/],
    ["TELEGRAM_API_ROOT", "telegram.example", /http\(s\) URL/],
    ["TELEGRAM_API_ROOT", "https://api.telegram.org/botX", /without a path/],
    ["PUBLIC_URL", undefined, /is missing/],
    ["PUBLIC_URL", "bot.example.org", /https:\/\/bot\.example\.com/],
    ["PUBLIC_URL", "http://plain.example.org", /must begin with https:\/\//],
    ["RECEIVE", "push", /webhook or pull/],
    ["PORT", "eighty", /port number/],
    ["PORT", "65536", /port number/],
    ["PORT", "-1", /port number/],
    ["REPLY_TOKEN", "short", /16 to 256/],
    ["OPENCODE_API_URL", "ftp://somewhere", /http\(s\) URL/],
    ["OPENCODE_SERVER_USERNAME", "with:colon", /without a colon/],
    ["OPENCODE_MODEL", "no-slash-here", /provider\/model/],
    ["OPENCODE_YOLO", "yes", /true or false/],
    ["DELIVERY", "pigeon", /tmux or api/],
    ["PROJECT_CONFIG", "maybe", /trust or ignore/],
    ["REPLY_MODE", "shout", /auto, tool or relay/],
    ["TMUX_SOCKET_NAME", "a/b.sock", /1 to 64/],
    ["LOG_LEVEL", "loud", /fatal, error/],
  ];
  for (const [name, value, line] of wrong) {
    const problems = problemsOf({ ...least, [name]: value });
    t.equal(problems.length, 1, `${name}=${value}: ${problems.join(" | ")}`);
    t.ok(problems[0]?.startsWith(`${name} is `), name);
    t.match(problems[0], line);
    if (value) t.notOk(problems[0]?.includes(value), `${name} does not show its value`);
  }
});

test("all mistakes are told at once", async (t) => {
  const problems = problemsOf({ TELEGRAM_ALLOWED_CHAT_ID: "x", PORT: "x", LOG_LEVEL: "x" });
  t.same(problems.map((problem) => problem.replace(/ .*/, "")).toSorted(byName), [
    "LOG_LEVEL",
    "PORT",
    "PUBLIC_URL",
    "TELEGRAM_ALLOWED_CHAT_ID",
    "TELEGRAM_BOT_TOKEN",
  ]);
});

test("a group needs users by name, and private chats beside it do not count as such", async (t) => {
  for (const chats of ["-1001", "1000,-1001"]) {
    t.match(problemsOf({ ...least, TELEGRAM_ALLOWED_CHAT_ID: chats }), [
      /^TELEGRAM_ALLOWED_USER_ID is missing; a group is allowed/,
    ]);
  }
  const allowed = { TELEGRAM_ALLOWED_CHAT_ID: "-1001", TELEGRAM_ALLOWED_USER_ID: "1000" };
  t.same(problemsOf({ ...least, ...allowed }), []);
});

test("updates that are pulled need no public address", async (t) => {
  const { PUBLIC_URL: _, ...rest } = least;
  t.equal(readConfig(least).receive, "webhook");
  t.match(readConfig({ ...rest, RECEIVE: "pull" }), {
    receive: "pull",
    telegram: { publicUrl: undefined },
  });
  t.match(problemsOf({ ...rest, RECEIVE: "webhook" }), [/^PUBLIC_URL is missing.*RECEIVE=pull/]);
});

test("PUBLIC_URL may be http only beside a Bot API on loopback", async (t) => {
  const http = { ...least, PUBLIC_URL: "http://127.0.0.1:8787" };
  for (const root of ["http://127.0.0.1:8081", "http://localhost:8081", "http://[::1]:8081"]) {
    t.same(problemsOf({ ...http, TELEGRAM_API_ROOT: root }), [], root);
  }
  for (const root of [
    "https://api.telegram.org",
    "http://127.0.0.1.evil.example",
    "http://10.0.0.1",
  ]) {
    t.equal(problemsOf({ ...http, TELEGRAM_API_ROOT: root }).length, 1, root);
  }
});

test("a speech server is named whole, or not at all", async (t) => {
  const hears = { STT_API_URL: "http://127.0.0.1:9000/v1/", STT_MODEL: "whisper-1" };
  const speaks = {
    TTS_API_URL: "https://api.openai.com/v1",
    TTS_MODEL: "tts-1",
    TTS_VOICE: "alloy",
  };
  t.match(readConfig(least), { hearing: undefined, speaking: undefined });
  t.match(readConfig({ ...least, ...hears, ...speaks, STT_API_KEY: "sk-1", STT_SEND: "at-once" }), {
    hearing: {
      server: { url: "http://127.0.0.1:9000/v1", key: "sk-1", model: "whisper-1" },
      isAsked: false,
    },
    speaking: { url: "https://api.openai.com/v1", key: undefined, model: "tts-1", voice: "alloy" },
  });
  t.equal(readConfig({ ...least, ...hears }).hearing?.isAsked, true);

  const problems = (env: object) => problemsOf({ ...least, ...env });
  t.same(problems({ STT_API_URL: hears.STT_API_URL }), [
    "STT_MODEL is missing; STT_API_URL is set, so set it to a model that the server has, like whisper-1, or " +
      "unset STT_API_URL",
  ]);
  t.same(problems({ STT_API_KEY: "sk-1" }), [
    "STT_API_URL is missing; STT_API_KEY is set, so name its server, or unset STT_API_KEY",
  ]);
  t.equal(problems({ TTS_API_URL: speaks.TTS_API_URL }).length, 2);
  t.equal(problems({ TTS_MODEL: "tts-1", TTS_VOICE: "alloy" }).length, 2);
  for (const wrong of [
    { ...hears, STT_API_URL: "https://user:sk-secret@example.com/v1" },
    { ...hears, STT_API_URL: "example.com/v1" },
    { ...hears, STT_API_KEY: "sk-secret\nx: y" },
    { ...hears, STT_SEND: "later" },
  ]) {
    const [line = "", ...others] = problems(wrong);
    t.match(line, /^STT_(API_URL|API_KEY|SEND) is invalid; it must be /);
    t.same(others, []);
    t.notMatch(line, /secret/);
  }
});

test("only loopback addresses and localhost count as this machine", async (t) => {
  for (const url of [
    "http://127.0.0.1",
    "http://127.9.9.9:1",
    "https://localhost/x",
    "http://[::1]",
  ]) {
    t.ok(isLoopbackUrl(url), url);
  }
  for (const url of [
    "http://128.0.0.1",
    "http://localhost.example",
    "http://[::2]",
    "nonsense",
    "",
  ]) {
    t.notOk(isLoopbackUrl(url), url);
  }
});

test("what children inherit holds none of our settings and nothing of what runs us", async (t) => {
  const own = { ...testEnv("/nowhere"), OPENCODE_SERVER_PASSWORD: "hunter2hunter2" };
  const { childEnv } = readConfig({
    ...own,
    HOME: "/home/operator",
    OTHER: "kept",
    NODE_OPTIONS: "--import=x",
    npm_config_x: "1",
    TAP: "1",
    NOTIFY_SOCKET: "/run/systemd/notify",
    WATCHDOG_USEC: "1",
    CREDENTIALS_DIRECTORY: "/run/credentials/switchboard.service",
    NOTHING: undefined,
  });
  t.strictSame(childEnv, { HOME: "/home/operator", OTHER: "kept" });
});

test("a start with wrong settings ends with code 78 and readable lines, no stack trace", async (t) => {
  const start = (env: Record<string, string>) => {
    const server = join(import.meta.dirname, "..", "src", "server.ts");
    return spawnSync(process.execPath, [server], {
      env: { PATH: process.env["PATH"], ...compileCache, ...env },
      encoding: "utf8",
      timeout: 20_000,
    });
  };
  const wrong = start({ TELEGRAM_BOT_TOKEN: "oops-a-SECRET", PUBLIC_URL: "https://x.example" });
  t.equal(wrong.status, 78, "systemd does not try it again");
  t.equal(wrong.stdout, "");
  t.match(wrong.stderr.split("\n"), [
    "Switchboard cannot start:",
    /^ {2}- TELEGRAM_(BOT_TOKEN|ALLOWED_CHAT_ID) is /,
    /^ {2}- TELEGRAM_(BOT_TOKEN|ALLOWED_CHAT_ID) is /,
    "",
  ]);
  t.equal(wrong.stderr.split("\n").length, 4);
  t.notMatch(wrong.stderr, /oops|\bat /);

  t.match(
    start({}).stderr,
    /BOT_TOKEN is missing[^]*\n {2}- Run `npm run setup`, or copy \.env\.example to \.env and fill in its empty values\.\n$/,
  );

  const dir = tempDir(t);
  writeFileSync(join(dir, "data"), "a file where the folder should be");
  const blocked = start(testEnv(dir));
  t.equal(blocked.status, 1);
  t.match(blocked.stderr, /^Switchboard cannot start:\n {2}- .*data/);
  t.notMatch(blocked.stderr, /\n\s+at /, "a folder that cannot be used is no crash either");
});
