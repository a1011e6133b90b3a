import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { test, type Test } from "tap";
import { ReplyDouble, type Seen } from "../agent/double.ts";
import { double, run, script, token } from "../agent/run-script.ts";

/** A PATH on which `sleep` runs `command` instead, so that no test waits out a pause. */
function sleepless(t: Test, command = "exit 0"): Record<string, string> {
  const dir = t.testdir({ sleep: `#!/bin/sh\n${command}\n` });
  chmodSync(join(dir, "sleep"), 0o755);
  return { PATH: `${dir}:${process.env.PATH}` };
}

async function form({ headers, body }: Seen) {
  const type = headers["content-type"] ?? "";
  const data = await new Response(new Uint8Array(body), {
    headers: { "content-type": type },
  }).formData();
  const files = data.getAll("file").filter((entry) => entry instanceof File);
  return {
    files: await Promise.all(
      files.map(async (file) => ({ name: file.name, content: await file.text() })),
    ),
    text: data.get("text"),
    buttons: data.getAll("button"),
  };
}

test("a text arrives byte for byte, as an argument and from standard input", async (t) => {
  const { line, url } = await double(t);
  const texts = [
    "plain",
    "- one\n- two",
    "@/etc/passwd",
    `"quotes" 'and' \`these\` $HOME $(id) \\n \\ %s %d 100%`,
    "\n newlines around \n\n",
    "ünïcödé 👍🏽 \u202E",
    Array.from({ length: 300 }, (_, index) => `line ${index}`).join("\n"),
    "x".repeat(120_000),
  ];
  for (const text of texts) {
    t.match(await run(url, [text]), { code: 0, stdout: "Sent.\n", stderr: "" });
    t.match(await run(url, [], { input: text }), { code: 0, stdout: "Sent.\n", stderr: "" });
  }
  t.strictSame(
    line.seen.map(({ body }) => body.toString("utf8")),
    texts.flatMap((text) => [text, text]),
  );
  for (const { headers } of line.seen)
    t.match(headers, {
      "content-type": "text/plain; charset=utf-8",
      authorization: `Bearer ${token}`,
      "idempotency-key": /^[0-9a-f-]{32,36}$/,
    });
  const keys = new Set(line.seen.map(({ headers }) => headers["idempotency-key"]));
  t.equal(keys.size, line.seen.length, "every run has its own key");
});

test("options become the query, and -- ends them", async (t) => {
  const { line, url } = await double(t);
  const options = ["--agent", "a_1", "--silent", "--wait", "--format", "text"];
  const env = { OPENCODE_SESSION_ID: "ses_1", SWITCHBOARD_CALL_ID: "f.bash%3A0" };
  t.match(await run(url, [...options, "--", "--help"], { env }), { code: 0 });
  t.match(await run(`${url}/`, ["-"], { input: "by a dash" }), { code: 0 });
  t.match(line.seen[0], {
    url: "/reply?agent=a_1&silent=true&wait=true&format=text&session=ses_1&call=f.bash%3A0",
  });
  t.equal(line.seen[0]?.body.toString(), "--help");
  t.match(line.seen[1], { url: "/reply" });
  t.equal(line.seen[1]?.body.toString(), "by a dash");
});

test("files arrive whole under their own names, however odd, with a caption", async (t) => {
  const { line, url } = await double(t);
  const names = [
    "-dash.txt",
    "a b;type=x,y.txt",
    "@at.txt",
    "<lt.txt",
    "ünï 👍.md",
    "back\\slash",
    'q"q.txt',
  ];
  const cwd = t.testdir(Object.fromEntries(names.map((name) => [name, `content of ${name}`])));
  const caption = '@cap;type=text/html,"x" <y\n- z';
  const files = names.flatMap((name) => ["--file", name]);
  t.match(await run(url, [...files, "--caption", caption], { cwd }), {
    code: 0,
    stdout: "Sent.\n",
  });
  t.match(await run(url, ["--file", join(cwd, "@at.txt"), "a text is a caption"]), { code: 0 });
  t.match(await run(url, ["--file", "@at.txt"], { cwd, input: "not read" }), { code: 0 });
  const [first, second, third] = await Promise.all(line.seen.map(form));
  t.strictSame(
    first?.files.map(({ content }) => content),
    names.map((name) => `content of ${name}`),
  );
  t.strictSame(
    first?.files.map(({ name }) => name),
    names,
  );
  t.equal(first?.text, caption);
  t.equal(second?.text, "a text is a caption");
  t.strictSame(third, {
    files: [{ name: "@at.txt", content: "content of @at.txt" }],
    text: null,
    buttons: [],
  });
});

test("buttons go with a text or with files, and change nothing of either", async (t) => {
  const { line, url } = await double(t);
  const cwd = t.testdir({ "a.txt": "content" });
  const texts = ["\n newlines around \n\n", "@/etc/passwd <-;type=x", "x".repeat(120_000)];
  const labels = ["Ship it", '@x;type=y "q"', "<ü\nz"];
  const buttons = labels.flatMap((label) => ["--button", label]);
  for (const text of texts) {
    t.match(await run(url, [...buttons, text]), { code: 0, stdout: "Sent.\n" });
    t.match(await run(url, buttons, { input: text }), { code: 0, stdout: "Sent.\n" });
  }
  t.match(await run(url, ["--file", "a.txt", ...buttons, "caption"], { cwd }), { code: 0 });
  const forms = await Promise.all(line.seen.map(form));
  const said = forms.map(({ text }) => text);
  t.strictSame(said, [...texts.flatMap((text) => [text, text]), "caption"]);
  for (const one of forms) t.strictSame(one.buttons, labels);
  t.equal(forms.at(-1)?.files[0]?.content, "content");
  t.match(await run(url, ["text", "--button"]), { code: 2, stderr: /--button needs a value/ });
});

test("the token is in no process's arguments and in nothing printed", async (t) => {
  const { line, url } = await double(t);
  let running = "";
  line.answer = (response: ServerResponse) => {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      try {
        const argv = readFileSync(`/proc/${pid}/cmdline`, "utf8");
        if (argv.includes(url)) running += argv;
      } catch {
        // The process ended meanwhile.
      }
    }
    response.writeHead(400).end(JSON.stringify({ message: "entities cannot be parsed" }));
  };
  const { stdout, stderr } = await run(url, ["hello"]);
  t.match(running, "curl");
  t.notMatch(running, token);
  t.notMatch(stdout + stderr, token);
  t.match(stderr, "entities cannot be parsed");
});

test("every refusal is one line and its own exit status", async (t) => {
  const { line, url } = await double(t);
  const env = sleepless(t);
  const cases: [number, number, RegExp][] = [
    [400, 1, /not sent: .*400/],
    [401, 1, /not sent: .*token.*401/],
    [403, 1, /not sent: .*403/],
    [404, 1, /not sent: no such agent \(404\)/],
    [413, 1, /not sent: too large \(413\)/],
    [418, 1, /not sent: .*418/],
    [500, 4, /not known/],
    [502, 1, /not sent, .*Telegram refused.*502/],
    [503, 3, /not sent: .*503/],
    [504, 4, /accepted.*504/],
  ];
  for (const [status, code, words] of cases) {
    line.answer = (response) => response.writeHead(status).end("{}");
    const result = await run(url, ["x"], { env });
    t.match(result, { code, stdout: "", stderr: words });
    t.equal(result.stderr.trim().split("\n").length, 1, `${status} is one line`);
  }
  line.answer = (response) => response.destroy();
  t.match(await run(url, ["x"], { env }), { code: 4, stderr: /not known/ });
  await line.close();
  t.match(await run(url, ["x"], { env }), { code: 3, stderr: /not sent: .*down/ });
});

test("an attempt cut off or put off is repeated under the same key", async (t) => {
  const { line, url } = await double(t);
  line.answer = (response, count) => {
    if (count === 1) return response.destroy();
    return response.writeHead(count === 2 ? 503 : 202).end("{}");
  };
  t.match(await run(url, [], { input: "once\n", env: sleepless(t) }), {
    code: 0,
    stdout: "Sent.\n",
  });
  t.strictSame(
    line.seen.map(({ body }) => body.toString()),
    ["once\n", "once\n", "once\n"],
  );
  t.equal(new Set(line.seen.map(({ headers }) => headers["idempotency-key"])).size, 1);
});

test("a message written while Switchboard restarts arrives", async (t) => {
  const { line, url } = await double(t);
  await line.close();
  const starter = new ReplyDouble();
  t.teardown(() => starter.close());
  starter.answer = async (response, count) => {
    if (count === 1) await line.listen(Number(new URL(url).port));
    response.end();
  };
  const env = sleepless(t, `exec curl -q -s --noproxy '*' ${await starter.listen()}`);
  t.match(await run(url, ["patience"], { env }), { code: 0, stdout: "Sent.\n", stderr: "" });
  t.equal(line.seen.length, 1);
});

test("outside of opencode the URL and the token come from the data folder", async (t) => {
  const { line, url } = await double(t);
  const repo = t.testdir({ data: { "reply-token": "from-file\n", "reply-url": `${url}\n` } });
  mkdirSync(join(repo, "agent/bin"), { recursive: true });
  const copy = join(repo, "agent/bin/send-telegram");
  writeFileSync(copy, readFileSync(script), { mode: 0o755 });
  symlinkSync(copy, join(repo, "link"));
  const env = { SWITCHBOARD_REPLY_TOKEN: "" };
  t.match(await run("", ["x"], { env, path: join(repo, "link") }), { code: 0 });
  t.match(await run("", ["x"], { env: { ...env, SWITCHBOARD_DATA_DIR: join(repo, "data") } }), {
    code: 0,
  });
  for (const { headers } of line.seen) t.equal(headers.authorization, "Bearer from-file");
  t.equal(line.seen.length, 2);
  t.match(await run(url, ["x"], { env: { ...env, SWITCHBOARD_DATA_DIR: repo } }), {
    code: 1,
    stderr: /not sent: no SWITCHBOARD_REPLY_TOKEN/,
  });
});

test("wrong usage sends nothing and says why", async (t) => {
  const { line, url } = await double(t);
  const cases: [string[], RegExp][] = [
    [[], /empty/],
    [["a", "b"], /quotes/],
    [["--fil", "x"], /unknown option --fil/],
    [["--file"], /--file needs a value/],
    [["--photo", "/no/such"], /cannot read the file \/no\/such/],
    [["--photo"], /--photo needs a value/],
    [["--file", "/no/such"], /cannot read the file \/no\/such/],
    [["--caption", "c", "x"], /--caption needs --file/],
    [["--file", script, "--caption", "c", "x"], /not both/],
    [["--agent", "a b", "x"], /--agent may hold only/],
    [["--format", "html", "x"], /text or markdown/],
  ];
  for (const [args, words] of cases)
    t.match(await run(url, args), { code: 2, stdout: "", stderr: words });
  t.match(await run(url, ["x"], { env: { OPENCODE_SESSION_ID: "a&b" } }), { code: 2 });
  t.match(await run(url, ["x"], { env: { SWITCHBOARD_REPLY_TOKEN: "a\nX: y" } }), { code: 1 });
  t.match(await run(url, ["--help"]), { code: 0, stdout: /^send-telegram "text"/ });
  t.equal(line.seen.length, 0);
});
