import { execFile } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { type Test, test } from "tap";
import { exampleEnvFile, readEnvFile, setInEnvFile, withValues } from "../../cli/env-file.ts";
import { tempDir } from "../support/app.ts";

const example = readFileSync(exampleEnvFile, "utf8");
const folderWith = (t: Test, files: Record<string, string>) => {
  const folder = tempDir(t);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
};
const modeOf = (path: string) => statSync(path).mode & 0o777;

test("a file that is not there is made from the example, for its owner only", async (t) => {
  const path = join(tempDir(t), ".env");
  setInEnvFile(path, { TELEGRAM_BOT_TOKEN: "123:abc", PORT: "9000" });
  t.equal(modeOf(path), 0o600);
  const expected = example
    .replace(/^TELEGRAM_BOT_TOKEN=$/m, "TELEGRAM_BOT_TOKEN=123:abc")
    .replace(/^#PORT=8787$/m, "PORT=9000");
  t.equal(readFileSync(path, "utf8"), expected);
  t.match(readEnvFile(path), { TELEGRAM_BOT_TOKEN: "123:abc", PORT: "9000" });
  t.same(readdirSync(join(path, "..")), [".env"], "nothing is left beside it");
});

test("only the named variables change: comments, order, quotes and unknown lines stay", async (t) => {
  const before = `# mine\nexport A = "one\nB=no" # why\nB=2 # two\n\nnonsense\n#C=3\nB=4\nD='x # y'`;
  t.equal(
    withValues(before, { A: "1", B: "5", C: "c", E: "e" }),
    `# mine\nA=1\nB=2 # two\n\nnonsense\nC=c\nB=5\nD='x # y'\nE=e\n`,
    "of two lines the last counts",
  );
  t.equal(withValues(before, { B: "4", D: "x # y", F: undefined }), before, "the same values");
  t.equal(withValues("A=1\nB=2\n", { A: undefined, Z: undefined }), "A=\nB=2\n");
});

test("a value comes back as it was, whatever it holds", async (t) => {
  const path = join(tempDir(t), ".env");
  const values = {
    A: "it's # no comment",
    B: ` "both" 'quotes' `,
    C: "$HOME\\n",
    D: "a=b",
    E: "ü 👍",
  };
  setInEnvFile(path, values);
  t.match(readEnvFile(path), values);
  for (const value of ["two\nlines", `all ' three " quotes \``, "nul\0"]) {
    t.throws(() => setInEnvFile(path, { A: value }), RangeError);
    t.throws(() => setInEnvFile(path, { A: value }), { message: /^A has/ }, "it is not shown");
  }
  t.match(readEnvFile(path), values, "nothing was written");
});

test("a file whose quotes would swallow the change is left as it is", async (t) => {
  const path = join(folderWith(t, { ".env": `A=x "\nB=1\nC=2"\n` }), ".env");
  setInEnvFile(path, { B: "3" });
  t.match(readEnvFile(path), { A: 'x "', B: "3" });
});

test("a link stays a link, and a file that others could read becomes private", async (t) => {
  const folder = folderWith(t, { real: "A=1\n" });
  const link = join(folder, ".env");
  symlinkSync("real", link);
  chmodSync(join(folder, "real"), 0o644);
  setInEnvFile(link, { A: "2" });
  t.ok(lstatSync(link).isSymbolicLink());
  t.equal(readFileSync(join(folder, "real"), "utf8"), "A=2\n");
  t.equal(modeOf(join(folder, "real")), 0o600);
  chmodSync(join(folder, "real"), 0o644);
  setInEnvFile(link, { A: "2" });
  t.equal(modeOf(join(folder, "real")), 0o600, "also where nothing changes");
});

test("what an earlier run left beside it is no obstacle, and a folder in its place is named", async (t) => {
  const folder = folderWith(t, { ".env": "A=1\n" });
  mkdirSync(join(folder, "other"));
  const left = join(folder, ".env.0123abcd.new");
  writeFileSync(left, "half", { mode: 0o644 });
  utimesSync(left, 1, 1);
  setInEnvFile(join(folder, ".env"), { A: "2" });
  t.same(readdirSync(folder).toSorted(), [".env", "other"]);
  t.equal(modeOf(join(folder, ".env")), 0o600);
  t.throws(() => setInEnvFile(join(folder, "other"), { A: "2" }), { code: "EISDIR" });
  t.same(readEnvFile(join(folder, "none")), {});
});

test("two writers at once leave the whole text of one of them, and nothing beside it", async (t) => {
  const folder = folderWith(t, { ".env": "A=1\n" });
  const path = join(folder, ".env");
  const writer = (letter: string) => {
    const code = `import { replaceFile } from "${import.meta.resolve("../../cli/write-file.ts")}";
      for (let n = 0; n < 40; n += 1) replaceFile("${path}", "${letter}".repeat(200000), 0o600);`;
    return promisify(execFile)(process.execPath, ["--input-type=module-typescript", "-e", code]);
  };
  const writing = new Set(["a", "b"]);
  const both = Promise.all(
    [...writing].map((letter) => writer(letter).finally(() => writing.delete(letter))),
  );
  both.catch(() => undefined);
  const broken = new Set<string>();
  while (writing.size > 0) {
    const text = readFileSync(path, "utf8");
    if (!/^(a{200000}|b{200000}|A=1\n)$/.test(text)) broken.add(`${text.length} characters`);
    await pause(1);
  }
  t.same([...broken], []);
  await both;
  t.same(readdirSync(folder), [".env"]);
});
