import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { isLoopbackUrl } from "../../../src/config.ts";
import { agentPlugins } from "../../../src/host/agent-side.ts";
import { type Check, failed, ok, skipped } from "../check.ts";
import { configOf } from "../context.ts";
import { opencodeHttp } from "./opencode.ts";
import { runs } from "./switchboard.ts";

/** Whether agents have the plugin and `send-telegram`, and opencode's server has loaded them. */
export const agentSide: Check = {
  name: "agent side",
  needs: ["settings"],
  after: ["Switchboard", "opencode server"],
  limitMs: 20_000,
  run: async (context, before, signal) => {
    const { dataDir, opencode, tmuxSocketName, workspaceDir } = configOf(context);
    if (!isLoopbackUrl(opencode.url))
      return skipped("not checked: opencode runs on another machine");
    const program = join(context.home, "agent", "bin", "send-telegram");
    if (!isProgram(program)) {
      return failed(`agents cannot run ${program}: restore it with git checkout, or chmod +x it`);
    }
    const ours = join(context.home, "agent", "plugin");
    const installed = join(dataDir, "opencode", "plugin");
    const isMissing = agentPlugins.some((name) => !existsSync(join(installed, name)));
    if (isMissing && !runs(before))
      return skipped("not there yet: Switchboard installs it when it starts");
    const isSame = (name: string) =>
      readFileSync(join(ours, name), "utf8") === readFileSync(join(installed, name), "utf8");
    const restart = `when no agent works: tmux -L ${tmuxSocketName} kill-server`;
    if (isMissing || !agentPlugins.every(isSame)) {
      return failed(
        `the plugin in DATA_DIR is ${isMissing ? "not there" : "another version's"}: restart Switchboard, and then opencode ${restart}`,
      );
    }
    if (before.get("opencode server")?.state !== "ok") return ok("installed");
    const { plugin = [] } = await (
      await opencodeHttp(context, signal)
    ).call<{ plugin?: unknown[] }>("/config", {
      query: { directory: workspaceDir },
    });
    const url = pathToFileURL(join(installed, "switchboard.ts")).href;
    if (plugin.includes(url)) return ok("installed, and opencode has loaded it");
    return failed(
      "the opencode server that runs has no send-telegram: stop it if you started it yourself; " +
        `else restart it ${restart}`,
    );
  },
};

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
