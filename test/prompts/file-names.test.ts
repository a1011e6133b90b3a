import { assert, oneof, property, string, stringMatching } from "fast-check";
import { test } from "tap";
import { distinctName, safeName } from "../../src/prompts/file-names.ts";

test("a hostile name becomes a safe one that is still readable", async (t) => {
  const names: [string, string][] = [
    ["../../.ssh/authorized_keys", "authorized_keys"],
    ["a\0b.txt", "ab.txt"],
    ["-rf", "rf"],
    ["--help.md", "help.md"],
    [".gitignore", "gitignore"],
    ["..", "file"],
    ["", "file"],
    ["\u202etxt.exe", "txt.exe"],
    ["invoice\u202efdp.exe", "invoicefdp.exe"],
    ["a\nb\r\n\tc.txt", "abc.txt"],
    ["C:\\temp\\x.doc", "x.doc"],
    ["$(reboot) `id`; rm *.txt", "_(reboot) _id__ rm _.txt"],
    ["__init__.py", "__init__.py"],
    ["folder/", "folder"],
    ["  spaces  .txt ", "spaces .txt"],
    ["Résumé (1) 🎉.pdf", "Résumé (1) 🎉.pdf"],
    ["\ud800.txt", "�.txt"],
    ["e\u0301.txt", "é.txt"],
    ["/", "file"],
    ["name.", "name"],
    ["no ending", "no ending"],
  ];
  for (const [original, expected] of names) {
    t.equal(safeName(original), expected, JSON.stringify(original));
  }
  t.equal(safeName("...", "photo"), "photo");
});

test("a name of 300 characters is cut between characters and keeps its ending", async (t) => {
  const long = safeName(`${"é".repeat(300)}.tar.gz`);
  t.equal(long, `${"é".repeat(48)}.gz`);
  t.equal(safeName(`${"👩‍👩‍👧".repeat(30)}.png`).endsWith(".png"), true);
  t.ok(Buffer.byteLength(safeName(`x.${"y".repeat(300)}`)) <= 100);
});

test("names of one prompt differ, also where only their case does", async (t) => {
  t.equal(distinctName("photo.jpg", []), "photo.jpg");
  t.equal(distinctName("photo.jpg", ["photo.jpg"]), "photo-2.jpg");
  t.equal(distinctName("Photo.JPG", ["photo.jpg", "photo-2.jpg"]), "Photo-3.JPG");
  const long = distinctName("a".repeat(200), ["a".repeat(100)]);
  t.equal(long, `${"a".repeat(98)}-2`);
});

test("no name leaves its folder, hides, or is too long, whatever it was", async (t) => {
  const anything = oneof(
    string({ unit: "binary", maxLength: 200 }),
    stringMatching(/^[./\\\-~ a\u202e\0]{0,20}$/),
  );
  assert(
    property(anything, (original) => {
      const name = safeName(original);
      if (name === "" || Buffer.byteLength(name) > 100) return false;
      if (/[/\\\p{Cc}\p{Cf}]/u.test(name) || /^[-.~\s]/u.test(name)) return false;
      return name.isWellFormed() && distinctName(original, [name]) !== name;
    }),
    { numRuns: 300 },
  );
  t.pass();
});
