import { test } from "tap";
import { isLoadedByOpencode, writtenFiles } from "../../src/cards/loaded-files.ts";

test("what opencode and its terminal load is known by its path, wherever the settings put it", async (t) => {
  const env = {
    XDG_CONFIG_HOME: "/etc/own",
    XDG_CACHE_HOME: "/var/cache/me",
    OPENCODE_CONFIG: "/srv/rules.json",
    OPENCODE_CONFIG_DIR: "/srv/Settings/",
    OPENCODE_TUI_CONFIG: "/srv/keys.json",
  };
  for (const path of [
    "/srv/tui.json",
    "/srv/sub/TUI.jsonc",
    "/home/me/.cache/opencode/packages/x/index.js",
    "/home/me/.local/share/opencode/auth.json",
    "/home/me/.local/share/opencode/bin/gopls",
    "/home/me/.local/state/opencode/model.json",
    "/Library/Application Support/opencode/opencode.json",
    "/etc/own/opencode/agent/a.md",
    "/var/cache/me/opencode/packages/x.js",
    "/srv/rules.json",
    "/srv/settings/plugin/a.ts",
    "/srv/keys.json",
  ]) {
    t.ok(isLoadedByOpencode(path, env), path);
  }
  for (const path of ["/srv/rules.json.bak", "/srv/opencode/readme.md", "/srv/settings2/a.ts"]) {
    t.notOk(isLoadedByOpencode(path, env), path);
  }
  t.notOk(isLoadedByOpencode("/srv/rules.json", {}));
});

test("a request whose metadata is not as opencode's own tools make it still names its files", async (t) => {
  const request = (metadata: Record<string, unknown>) => ({
    id: "per_1",
    sessionID: "ses_1",
    permission: "edit",
    patterns: ["srv/a"],
    always: [],
    metadata,
  });
  const paths = (metadata: Record<string, unknown>) =>
    writtenFiles(request(metadata)).map(({ path }) => path);
  for (const files of [[null], [7, "x", [], {}], [{ filePath: 1 }], {}, "x", null]) {
    t.same(paths({ files }), ["srv/a"], JSON.stringify(files));
  }
  t.same(paths({ files: [null, { filePath: "b" }] }), ["b"]);
  for (const filepath of [null, 7, {}, ""]) t.same(paths({ filepath }), ["srv/a"]);
});
