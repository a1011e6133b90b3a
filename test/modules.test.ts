import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "tap";
import {
  cycleIn,
  importsOf,
  layerOf,
  moduleOf,
  modules,
  moduleTable,
  routeImports,
  sourcesOf,
  tablesIn,
  transactionCallbacks,
} from "./support/modules.ts";

const root = join(import.meta.dirname, "..");
const sources = sourcesOf("src");
const isMigration = (path: string) => path.startsWith("src/store/migrations/");

/** The imports between two modules of src. */
const between = sources.flatMap((source) => {
  const from = moduleOf(source.path);
  return importsOf(source).flatMap((target) => {
    const to = moduleOf(target);
    if (from === undefined || to === undefined || from === to) return [];
    return [{ from, to, path: source.path }];
  });
});

test("every folder of src is a module of the table, and every module is a folder", async (t) => {
  const folders = new Set(sources.flatMap(({ path }) => moduleOf(path) ?? []));
  t.same([...folders].toSorted(), [...modules.keys()].toSorted());
});

test("a module imports what the table allows, and only from lower layers", async (t) => {
  const wrong = between.filter(
    ({ from, to }) => !modules.get(from)?.imports.includes(to) || layerOf(to) >= layerOf(from),
  );
  t.same(wrong, []);
});

test("every import the table allows is used", async (t) => {
  const isUsed = (from: string, to: string) =>
    between.some((one) => one.from === from && one.to === to);
  const unused = [...modules].flatMap(([from, { imports }]) =>
    imports.filter((to) => !isUsed(from, to)).map((to) => `${from} imports ${to}`),
  );
  t.same(unused, []);
});

test("routes import the modules that the table allows them, and each of these is used", async (t) => {
  const used = sourcesOf("routes").flatMap((source) => importsOf(source).map(moduleOf));
  const inModules = new Set(used.filter((name) => name !== undefined));
  t.same([...inModules].toSorted(), routeImports);
});

test("neither modules nor files import each other in a cycle, types included", async (t) => {
  const graph = new Map(
    [...modules.keys()].map((name) => [
      name,
      between.filter(({ from }) => from === name).map(({ to }) => to),
    ]),
  );
  t.equal(cycleIn(graph), undefined);
  const all = sourcesOf("src", "plugins", "routes", "sandbox", "bench");
  t.equal(cycleIn(new Map(all.map((source) => [source.path, importsOf(source)]))), undefined);
});

test("files outside of a module are imported by nothing but what builds the app", async (t) => {
  const entry = [
    "src/app.ts",
    "src/server.ts",
    "src/serve.ts",
    "src/config.ts",
    "src/environment.ts",
  ];
  const wrong = sources
    .filter(({ path }) => !entry.includes(path))
    .flatMap((source) => importsOf(source).map((target) => ({ path: source.path, target })))
    .filter(({ target }) => entry.includes(target) || !target.startsWith("src/"));
  t.same(wrong, []);
});

test("the SQL of each table stands in the one module that owns it", async (t) => {
  const migrations = sources.filter(({ path }) => isMigration(path));
  const named = (statement: RegExp) =>
    new Set(
      migrations.flatMap(({ text }) => [...text.matchAll(statement)].map(([, name = ""]) => name)),
    );
  const created = named(/CREATE TABLE (\w+)/g).difference(named(/DROP TABLE (\w+)/g));
  const owners = new Map(
    [...modules].flatMap(([name, { tables = [] }]) => tables.map((table) => [table, name])),
  );
  const owned = [...modules.values()].flatMap(({ tables = [] }) => tables);
  t.same([...created].toSorted(), owned.toSorted(), "each table has one owner");
  for (const source of [...sources, ...sourcesOf("plugins", "routes")]) {
    if (isMigration(source.path)) continue;
    for (const table of tablesIn(source).filter((name) => created.has(name))) {
      t.equal(moduleOf(source.path), owners.get(table), `${source.path} touches ${table}`);
    }
  }
});

test("statements run on SQLite and on PostgreSQL alike", async (t) => {
  const onlySqlite = /\b(?:rowid|json_each|json_extract|REPLACE INTO|last_insert_rowid)\b/;
  const wrong = sources.filter(({ path, text }) => !isMigration(path) && onlySqlite.test(text));
  t.same(
    wrong.map(({ path }) => path),
    [],
  );
});

test("no callback of an array takes a transaction: nobody would wait for it in order", async (t) => {
  const touching = sources.filter(({ text }) => /\btransaction\b/.test(text));
  t.ok(touching.length > 10);
  t.same(touching.flatMap(transactionCallbacks), []);
});

test("a plugin wires the module of its name, in at most 60 lines", async (t) => {
  for (const { path, text } of sourcesOf("plugins")) {
    const name = basename(path, ".ts");
    t.ok(modules.has(name) || ["errors", "stopping"].includes(name), path);
    t.match(text, new RegExp(`name: "${name}"`), path);
    t.ok(text.split("\n").length - 1 <= 60, `${path} has at most 60 lines`);
  }
});

test("a class needs at most six others", async (t) => {
  for (const { path, text } of sources) {
    for (const [, name, body = ""] of text.matchAll(
      /^export interface (\w+Options) \{\n(.*?)^\}/gms,
    )) {
      // Settings are no services: numbers, words and what a test shortens.
      const services = [...body.matchAll(/^ {2}\w+: (.+);$/gm)].filter(
        ([, type = ""]) => !/^(?:string|number|boolean|Record|Path|ReplyMode|\{)/.test(type),
      );
      t.ok(services.length <= 6, `${path}: ${name} takes ${services.length}`);
    }
  }
});

test("CONTRIBUTING.md shows the table of modules", async (t) => {
  const text = readFileSync(join(root, "CONTRIBUTING.md"), "utf8");
  t.equal(/<!-- modules -->\n\n(.*?)\n\n<!-- \/modules -->/s.exec(text)?.[1], moduleTable());
});
