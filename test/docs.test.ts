import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "tap";
import type { HTTPMethods } from "fastify";
import { readConfig } from "../src/config.ts";
import { startApp } from "./support/app.ts";
import { withCommandTable } from "./support/command-table.ts";

const root = join(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const documents = [
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  "AGENTS.md",
  ...readdirSync(join(root, "docs")).map((name) => `docs/${name}`),
  "docker/README.md",
];
const readme = read("README.md");

test(".env.example has every variable of the configuration, in its order, with its default", async (t) => {
  const example = variables(read(".env.example"));
  const known = [...read("src/environment.ts").matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(
    ([, name]) => name,
  );
  t.same(
    example.map(({ name }) => name),
    known,
  );
  for (const { name, isRequired, value } of example) {
    if (isRequired) t.equal(value, "", `${name} is to be filled in`);
  }

  const required = {
    TELEGRAM_BOT_TOKEN: "123456789:AAEfakeTokenForTestsOnly_0123456789",
    TELEGRAM_ALLOWED_CHAT_ID: "1000",
    PUBLIC_URL: "https://bot.example.com",
  };
  t.same(
    example.filter(({ isRequired }) => isRequired).map(({ name }) => name),
    Object.keys(required),
  );
  const shown = Object.fromEntries(example.map(({ name, value }) => [name, value]));
  t.same(readConfig({ ...shown, ...required }), readConfig(required));
});

test("docs/use.md lists the commands of the chat, and no others", async (t) => {
  const { commands } = (await startApp(t)).app;
  const use = read("docs/use.md");
  t.equal(use, withCommandTable(use, commands), "npm run readme writes it");
});

test("the routes the documents name exist", async (t) => {
  const { app } = await startApp(t, { METRICS: "on" });
  const named = [...read("docs/agents.md").matchAll(/`(GET|POST) (\/[a-z/-]+)`/g)];
  t.equal(new Set(named.map(([name]) => name)).size, 7);
  for (const [name, method, url = ""] of named) {
    t.ok(app.hasRoute({ method: method as HTTPMethods, url }), name);
  }
});

test("the scripts the documents name exist, and the README says how to begin", async (t) => {
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  for (const document of documents) {
    const named = [...read(document).matchAll(/npm (?:run ([a-z:]+)|(test|start)\b)/g)];
    for (const [command, name, short] of named) {
      t.ok(scripts[name ?? short ?? ""], `${document}: ${command}`);
    }
  }
  t.match(readme, /^npm ci && npm run sandbox$/m);
  t.match(readme, /^npm ci && npm test$/m);
});

test("the files the documents point to exist", async (t) => {
  for (const document of documents) {
    for (const [, target = ""] of read(document).matchAll(/\]\(([^)]+)\)/g)) {
      if (target.startsWith("https://")) continue;
      const [file = "", heading] = target.split("#");
      const path = file === "" ? join(root, document) : join(root, dirname(document), file);
      t.ok(existsSync(path), `${document}: ${target}`);
      if (heading === undefined) continue;
      t.ok(headings(readFileSync(path, "utf8")).includes(heading), `${document}: ${target}`);
    }
  }
  for (const document of ["CONTRIBUTING.md", "docs/develop.md"]) {
    const paths = read(document).matchAll(
      /`((?:src|plugins|routes|agent|sandbox|bench|test|docs|\.ci)\/[\w./-]*)`/g,
    );
    for (const [, path = ""] of paths) t.ok(existsSync(join(root, path)), `${document}: ${path}`);
  }
});

test("docs/develop.md names helpers of tests, figures and crash points that there are", async (t) => {
  const page = read("docs/develop.md");
  const helpers = [...page.matchAll(/`(\w+)` of `(test\/support\/[\w-]+\.ts)`/g)];
  t.ok(helpers.length >= 6);
  for (const [, name = "", file = ""] of helpers) {
    t.match(read(file), new RegExp(`^export (?:async )?function ${name}\\b`, "m"), name);
  }
  const [, figures = ""] = /^npm run bench -- --quick (.+)$/m.exec(page) ?? [];
  const known = /const measurements.*?^\};$/ms.exec(read("bench/main.ts"))?.[0] ?? "";
  for (const figure of figures.split(" ")) t.match(known, `  ${figure}: `);
  for (const [, script = ""] of page.matchAll(/npx node [^\n`]*?([\w./-]+\.ts)/g)) {
    t.ok(existsSync(join(root, script)), script);
  }
});

test("the commands of docs/operate.md are read by a shell, and its files are there", async (t) => {
  const operate = read("docs/operate.md");
  const blocks = [...operate.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block = ""]) => block);
  const { stderr } = spawnSync("sh", ["-n"], { input: blocks.join("\n"), encoding: "utf8" });
  t.equal(stderr, "");
  const files = [...blocks.join("").matchAll(/(?:^|[ /])((?:deploy|cli|src)\/[\w./-]+)/gm)];
  t.ok(files.length >= 3);
  for (const [, path = ""] of files) t.ok(existsSync(join(root, path)), path);
});

test("every dependency has its reason", async (t) => {
  const manifest = JSON.parse(read("package.json")) as Record<string, Record<string, string>>;
  const named = [...read("CONTRIBUTING.md").matchAll(/^\| (`[^|]+`)\s*\|/gm)]
    .flatMap(([, cell = ""]) => cell.split(", "))
    .map((name) => name.replaceAll("`", ""));
  for (const name of Object.keys({ ...manifest["dependencies"], ...manifest["devDependencies"] })) {
    t.ok(named.includes(name), name);
  }
});

/** The headings of a page, as GitHub writes them in links. */
function headings(page: string): string[] {
  const titles = [...page.matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) => title.toLowerCase());
  return titles.map((title) => title.replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-"));
}

/** The variables of an example file in order; one behind `#` is optional. */
function variables(text: string) {
  return [...text.matchAll(/^(#?)([A-Z][A-Z_]+)=(.*)$/gm)].map(
    ([, mark, name = "", value = ""]) => ({
      name,
      isRequired: mark === "",
      value,
    }),
  );
}

test("the test files the documents name exist", async (t) => {
  for (const document of documents) {
    for (const [command] of read(document).matchAll(/npx (?:tap|node) [^`\n]+/g)) {
      for (const path of command.match(/test\/[\w./-]+/g) ?? []) {
        t.ok(existsSync(join(root, path)), `${document}: ${path}`);
      }
    }
    for (const [, path = ""] of read(document).matchAll(/`(test\/[\w./-]+\.ts)`/g)) {
      t.ok(existsSync(join(root, path)), `${document}: ${path}`);
    }
  }
});
