import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import {
  opencodeSettings,
  planPermissions,
  writePermissions,
} from "../../../cli/setup/permissions.ts";
import { asksOrDenies } from "../../../src/host/operator-settings.ts";
import { tempDir } from "../../support/app.ts";

test("a new settings file asks before commands and changes, as Switchboard reads it too", async (t) => {
  const home = tempDir(t);
  const env = { HOME: home };
  const path = opencodeSettings(env);
  t.equal(path, join(home, ".config/opencode/opencode.json"));
  const plan = planPermissions(path, "ask");
  t.same(plan.lines, ["permission.bash: not set → ask", "permission.edit: not set → ask"]);
  t.notOk(existsSync(path), "a plan writes nothing");
  t.notOk(asksOrDenies(env));
  writePermissions(plan);
  t.same(JSON.parse(readFileSync(path, "utf8")), { permission: { bash: "ask", edit: "ask" } });
  t.equal(statSync(path).mode & 0o777, 0o600);
  t.ok(asksOrDenies(env));
  t.same(planPermissions(path, "ask").lines, [], "nothing is left to do");
});

test("other keys, comments and finer rules stay as they are", async (t) => {
  const home = tempDir(t);
  const folder = join(home, ".config/opencode");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "opencode.json"), "{}");
  const path = join(folder, "opencode.jsonc");
  const before = `{
  // mine
  "model": "a/b", // keep
  "permission": {
    "bash": { "git *": "allow", "*": "ask" },
    "webfetch": "deny",
  },
}
`;
  writeFileSync(path, before);
  t.equal(opencodeSettings({ HOME: home }), path, "opencode reads it last");
  const { text, lines } = planPermissions(path, "ask");
  t.same(lines, [
    "permission.bash: has rules of its own, which stay",
    "permission.edit: not set → ask",
  ]);
  t.equal(text.replace(/,\s*"edit": "ask"/, ""), before);
});

const plans = [
  [
    "a word for all keeps its meaning",
    { permission: "allow" },
    "ask",
    { "*": "allow", bash: "ask", edit: "ask" },
  ],
  [
    "a rule that a later one would undo comes last",
    { permission: { bash: "ask", "*": "allow" } },
    "ask",
    { "*": "allow", bash: "ask", edit: "ask" },
  ],
  ["only commands", { permission: { edit: "ask" } }, "commands", { edit: "allow", bash: "ask" }],
  [
    "nowhere",
    { permission: { edit: "ask", bash: "ask", webfetch: "ask" } },
    "allow",
    { edit: "allow", bash: "allow", webfetch: "ask" },
  ],
  ["what is asked for already", { permission: "ask" }, "ask", "ask"],
  ["what is allowed already", {}, "allow", undefined],
] as const;

test("the rule that counts is the one that was chosen", async (t) => {
  const path = join(tempDir(t), "opencode.json");
  for (const [what, before, choice, permission] of plans) {
    writeFileSync(path, JSON.stringify(before));
    const { text } = planPermissions(path, choice);
    const { permission: after } = JSON.parse(text) as { permission?: unknown };
    // In this order: the last rule that fits counts.
    t.equal(JSON.stringify(after), JSON.stringify(permission), what);
  }
});

test("a file that is no JSON is named and left alone", async (t) => {
  const path = join(tempDir(t), "opencode.json");
  for (const text of ["{ nonsense", "[]", "null", '"x"']) {
    writeFileSync(path, text);
    t.throws(() => planPermissions(path, "ask"), { name: "SetupError", message: /not valid JSON/ });
  }
});
