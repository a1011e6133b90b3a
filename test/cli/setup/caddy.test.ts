import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import {
  caddyCommands,
  caddyfileState,
  caddyValues,
  filledIn,
  writeCaddyfile,
} from "../../../cli/setup/caddy.ts";
import { tempDir } from "../../support/app.ts";

const root = join(import.meta.dirname, "../../..");
const template = readFileSync(join(root, "Caddyfile"), "utf8");
const values = { domain: "bot.example.com", upstream: "127.0.0.1:9000" };

test("the Caddyfile is filled in, and the printed command makes the same file", async (t) => {
  const text = filledIn(template, values);
  t.match(text, /^bot\.example\.com \{$/m);
  t.match(text, "reverse_proxy 127.0.0.1:9000");
  t.notMatch(text, /\{\$SWITCHBOARD_(DOMAIN|UPSTREAM)/);
  const [sed = ""] = caddyCommands(values);
  const command = sed.replace(/\| sudo .*$/, "");
  t.equal(execFileSync("sh", ["-c", command], { cwd: root, encoding: "utf8" }), text);
});

test("only a Caddyfile that is ours or Debian's example is replaced", async (t) => {
  const path = join(tempDir(t), "Caddyfile");
  const state = (text: string) => {
    writeFileSync(path, text);
    return caddyfileState(path, template);
  };
  t.equal(caddyfileState(path, template), "absent");
  const head = "# The Caddyfile is an easy way to configure your Caddy web server.\n#\n";
  const example = `${head}:80 {\n\troot * /usr/share/caddy\n\t# reverse_proxy x\n\tfile_server\n}\n`;
  t.equal(state(example), "Debian's");
  t.equal(state(`${example}\nmine.example.com {\n\trespond 200\n}\n`), "other");
  t.equal(state(template), "ours");
  t.equal(state(`${filledIn(template, values)}\nmine.example.com {\n}\n`), "other");
  const umask = process.umask(0o077);
  try {
    rmSync(path);
    writeCaddyfile(path, template, values);
  } finally {
    process.umask(umask);
  }
  t.equal(caddyfileState(path, template), "ours");
  t.equal(statSync(path).mode & 0o777, 0o644, "Caddy is another user");
});

test("Caddy has a part only where Telegram comes by https and without a path", async (t) => {
  const here = { host: "127.0.0.1", port: 8787 };
  t.same(caddyValues("https://bot.example.com", here), { ...values, upstream: "127.0.0.1:8787" });
  t.match(caddyValues("https://bot.example.com:8443", { host: "::", port: 1 }), {
    domain: "bot.example.com:8443",
    upstream: "[::1]:1",
  });
  t.equal(caddyValues("https://bot.example.com/behind", here), undefined);
  t.equal(caddyValues("http://127.0.0.1:8787", here), undefined);
});
