import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test, type Test } from "tap";
import { ProjectGuard } from "../../agent/plugin/project-guard.ts";
import { ProjectInstructions } from "../../agent/plugin/project-instructions.ts";
import { asksOrDenies } from "../../src/host/operator-settings.ts";
import { tempDir } from "../support/app.ts";

/** A home directory with these files, and what opencode finds in it. */
function home(t: Test, files: Record<string, string>) {
  const HOME = tempDir(t);
  for (const [name, content] of Object.entries(files)) {
    const path = join(HOME, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
  return { HOME };
}

const globally = (name: string, content: string) => ({ [`.config/opencode/${name}`]: content });

test("1. the operator's settings ask or deny, wherever opencode takes them from", async (t) => {
  const strict: [what: string, files: Record<string, string>, env?: Record<string, string>][] = [
    ["a rule for everything", globally("opencode.json", '{"permission":"ask"}')],
    ["a rule for a tool", globally("config.json", '{"permission":{"bash":"deny"}}')],
    ["a rule for a command", globally("opencode.jsonc", '{"permission":{"bash":{"rm *":"ask"}}}')],
    ["with comments", globally("opencode.jsonc", '{/* ask */ "permission": {"edit": "ask",},}')],
    ["of one agent", globally("opencode.json", '{"agent":{"build":{"permission":"ask"}}}')],
    ["a tool turned off", globally("opencode.json", '{"tools":{"bash":false}}')],
    ["from a variable", globally("opencode.json", '{"permission":"{env:RULE}"}')],
    ["no JSON", globally("opencode.json", '{"permission": {"bash": {file:./rules}}}')],
    ["of the form before JSON", globally("config", "model = 'x'")],
    ["an agent's head", globally("agent/a.md", "---\npermission:\n  bash: ask\n---\nhi")],
    ["a mode's head", globally("mode/plan.md", "---\ntools:\n  write: false\n---\nhi")],
    ["a nested agent", globally("agents/x/a.md", "---\r\n'permission': {bash: deny}\r\n---\r\n")],
    [
      "behind a mark of the byte order",
      globally("agent/a.md", "\uFEFF---\ntools:\n  bash: false\n---\n"),
    ],
    ["with more behind the dashes", globally("agent/a.md", "--- \npermission: ask\n---\n")],
    ["a head that nothing closes", globally("agent/a.md", "---\npermission: deny")],
    ["in the home directory", { ".opencode/opencode.json": '{"permission":"ask"}' }],
    ["in the environment", {}, { OPENCODE_PERMISSION: '{"bash":"ask"}' }],
    ["as content", {}, { OPENCODE_CONFIG_CONTENT: '{"permission":{"bash":"ask"}}' }],
    ["no JSON in the environment", {}, { OPENCODE_PERMISSION: "ask" }],
  ];
  for (const [what, files, env] of strict) {
    t.ok(asksOrDenies({ ...home(t, files), ...env }), what);
  }
  const { HOME } = home(t, { "own.json": '{"permission":"ask"}', "dir/opencode.jsonc": "{,,}" });
  t.ok(asksOrDenies({ HOME, OPENCODE_CONFIG: join(HOME, "own.json") }));
  t.ok(asksOrDenies({ HOME, OPENCODE_CONFIG_DIR: join(HOME, "dir") }));
  const elsewhere = home(t, { "xdg/opencode/opencode.json": '{"permission":"ask"}' });
  t.ok(asksOrDenies({ ...elsewhere, XDG_CONFIG_HOME: join(elsewhere.HOME, "xdg") }));
  t.notOk(asksOrDenies(elsewhere));
});

test("1. who allows everything, or says nothing, trusts projects", async (t) => {
  const lax: [what: string, files: Record<string, string>, env?: Record<string, string>][] = [
    ["nothing", {}],
    ["empty files", globally("opencode.json", "")],
    ["a model", globally("opencode.json", '{"model":"a/b","share":"disabled"}')],
    ["everything", globally("opencode.jsonc", '{"permission":{"*":"allow","bash":{"*":"allow"}}}')],
    ["tools", globally("opencode.json", '{"tools":{"bash":true}}')],
    ["an agent's text", globally("agent/a.md", "---\nmodel: a/b\n---\npermission: ask or deny")],
    ["a project's file", { "work/opencode.json": '{"permission":"deny"}' }],
    ["in the environment", {}, { OPENCODE_PERMISSION: '{"bash":"allow"}' }],
  ];
  for (const [what, files, env] of lax) {
    t.notOk(asksOrDenies({ ...home(t, files), ...env }), what);
  }
});

test("1. a file of the operator that cannot be read counts as asking", async (t) => {
  const { HOME } = home(t, {});
  // A folder, which root cannot read as a file either.
  mkdirSync(join(HOME, ".config", "opencode", "opencode.json"), { recursive: true });
  t.ok(asksOrDenies({ HOME }));
});

test("1. an agent in a folder that is a link counts, and links in a circle end", async (t) => {
  const { HOME } = home(t, { "dotfiles/a.md": "---\npermission: ask\n---\n" });
  const agents = join(HOME, ".config", "opencode", "agents");
  mkdirSync(agents, { recursive: true });
  symlinkSync(agents, join(agents, "circle"));
  t.notOk(asksOrDenies({ HOME }));
  symlinkSync(join(HOME, "dotfiles"), join(agents, "team"));
  t.ok(asksOrDenies({ HOME }));
});

/** What our plugin gives the model of a project. */
async function given(t: Test, place: { directory: string; worktree: string }, mode = "ignore") {
  const env = {
    PATH: process.env["PATH"],
    SWITCHBOARD_HOME: "/repo",
    SWITCHBOARD_PROJECT_CONFIG: mode,
  };
  const own = t.intercept(process, "env", { value: env });
  try {
    const hook = (await ProjectInstructions(place))["experimental.chat.system.transform"];
    const output = { system: ["first"] };
    await hook?.({ sessionID: "ses_1" }, output);
    t.equal(output.system[0], "first");
    return output.system.slice(1);
  } finally {
    own.restore();
  }
}

test("1. the model is given the files that opencode would take from the project, and no others", async (t) => {
  const { HOME } = home(t, {
    "AGENTS.md": "above the repository",
    "repo/AGENTS.md": "top",
    "repo/a/b/AGENTS.md": "bottom",
    "repo/a/b/CLAUDE.md": "not beside AGENTS.md",
    "repo/a/b/c/AGENTS.md": "below",
    "claude/CLAUDE.md": "only this",
    "context/CONTEXT.md": "or this",
  });
  const repo = join(HOME, "repo");
  const directory = join(repo, "a", "b");
  t.same(await given(t, { directory, worktree: repo }), [
    `Instructions from: ${join(directory, "AGENTS.md")}\nbottom`,
    `Instructions from: ${join(repo, "AGENTS.md")}\ntop`,
  ]);
  t.same(await given(t, { directory, worktree: repo }, "trust"), [], "opencode does it itself");
  for (const [name, text] of [
    ["claude", /CLAUDE\.md\nonly this$/],
    ["context", /CONTEXT\.md\nor this$/],
  ] as const) {
    const folder = join(HOME, name);
    t.match(await given(t, { directory: folder, worktree: folder }), [text]);
  }
});

test("1. instructions are bounded, and no link brings one in from outside of the project", async (t) => {
  const { HOME } = home(t, { secret: "a key", "repo/docs/agents.md": "inside" });
  const repo = join(HOME, "repo");
  const place = { directory: repo, worktree: repo };
  const link = join(repo, "AGENTS.md");
  symlinkSync(join(HOME, "secret"), link);
  t.same(await given(t, place), []);
  t.same(await given(t, { directory: repo, worktree: "/" }), [], "without git either");
  symlinkSync(join(repo, "docs", "agents.md"), join(repo, "CLAUDE.md"));
  t.match(await given(t, place), [/inside$/]);
  const { HOME: other } = home(t, { "AGENTS.md": "ä".repeat(300_000) });
  const [long = ""] = await given(t, { directory: other, worktree: other });
  t.ok(long.length > 60_000 && long.length < 140_000, `${long.length}`);
  // More than a program can hold, on no disk space.
  truncateSync(join(other, "AGENTS.md"), 3 * 1024 ** 3);
  t.match(await given(t, { directory: other, worktree: other }), [/ä{10}/]);
});

/** Which modules opencode's server may load, by our plugin's word. */
async function mayLoad(t: Test, env: Record<string, string>, settings: object = {}) {
  const filters: RegExp[] = [];
  const onLoad = ({ filter }: { filter: RegExp }) => void filters.push(filter);
  const guarded = { SWITCHBOARD_PROJECT_CONFIG: "ignore", ...env };
  const own = t.intercept(process, "env", { value: guarded });
  Object.assign(globalThis, {
    switchboardGuards: false,
    Bun: { plugin: ({ setup }: { setup: (build: object) => void }) => setup({ onLoad }) },
  });
  try {
    // Each folder has an instance of the plugin; the first one guards the process.
    for (const hooks of [await ProjectGuard(), await ProjectGuard()])
      await hooks.config?.(settings);
  } finally {
    own.restore();
    Object.assign(globalThis, { Bun: undefined });
  }
  t.ok(filters.length <= 1);
  return (path: string) => !filters.some((filter) => filter.test(path));
}

test("1. the server loads what is opencode's and the operator's, and nothing of a project", async (t) => {
  const { HOME } = home(t, {
    "sb/data/opencode/plugin/switchboard.ts": "",
    "sb/package.json": "{}",
    "dotfiles/plugin.ts": "",
    ".config/opencode/plugin/own.ts": "",
    ".cache/opencode/models.json": '{"x":{"npm":"known-provider"}}',
  });
  symlinkSync(join(HOME, "dotfiles/plugin.ts"), join(HOME, ".config/opencode/plugin/link.ts"));
  const env = {
    HOME,
    OPENCODE_CONFIG_DIR: join(HOME, "sb/data/opencode"),
    SWITCHBOARD_WORKSPACE_DIR: join(HOME, "sb/work"),
  };
  const may = await mayLoad(t, env, {
    plugin: [`file://${HOME}/sb/own.ts`, "named@1.2.3", ["@scope/tuple", {}]],
    provider: { p: { npm: "own-provider", models: { m: { provider: { npm: "of-a-model" } } } } },
  });
  const packages = ".cache/opencode/packages";
  for (const path of [
    "/$bunfs/root/chunk-1.js",
    ...[
      ".config/opencode/plugin/own.ts",
      ".opencode/tool/x.ts",
      "dotfiles/plugin.ts",
      "sb/data/opencode/plugin/switchboard.ts",
      "sb/own.ts",
      `${packages}/named@1.2.3/node_modules/named/index.js`,
      `${packages}/@scope/tuple/node_modules/x/index.js`,
      `${packages}/known-provider@latest/x.js`,
      `${packages}/own-provider/x.js`,
      `${packages}/of-a-model/x.js`,
      `${packages}/@ai-sdk/any@latest/x.js`,
    ].map((name) => join(HOME, name)),
  ]) {
    t.ok(may(path), path);
  }
  for (const name of [
    "sb/work/.opencode/plugin/x.ts",
    "sb/work/x.ts",
    "elsewhere/.opencode/plugin/x.ts",
    "tmp/x.ts",
    `${packages}/evil@latest/node_modules/evil/index.js`,
    `${packages}/named-evil/x.js`,
  ]) {
    t.notOk(may(join(HOME, name)), name);
  }
  const all = await mayLoad(t, { ...env, SWITCHBOARD_PROJECT_CONFIG: "trust" });
  t.ok(all(join(HOME, "sb/work/x.ts")));
});
