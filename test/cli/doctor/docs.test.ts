import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import { checks, roundTrip } from "../../../cli/doctor/checks.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/doctor.md"), "utf8");

test("docs/doctor.md says of every line of the doctor what it checks and what to do", async (t) => {
  const [, table = ""] = /<!-- checks -->(.*?)<!-- \/checks -->/s.exec(page) ?? [];
  const rows = table.split("\n").flatMap((line) => {
    const [, name, what = "", remedy = ""] =
      /^\| `(.+?)` *\| (.+?) *\| (.+?) *\|$/.exec(line) ?? [];
    return name === undefined ? [] : [{ name, what, remedy }];
  });
  t.same(
    rows.map(({ name }) => name),
    [...checks, ...roundTrip].map(({ name }) => name),
  );
  for (const { name, what, remedy } of rows) t.match(`${what} ${remedy}`, /\. .+[.`]$/, name);
});

test("a check comes behind those that it needs or reads", async (t) => {
  const names = [...checks, ...roundTrip].map(({ name }) => name);
  for (const [index, { name, needs, after = [] }] of [...checks, ...roundTrip].entries()) {
    for (const other of [...needs, ...after]) {
      t.ok(names.slice(0, index).includes(other), `${name}: ${other}`);
    }
  }
});
