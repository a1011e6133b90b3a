import fp from "fastify-plugin";
import { isLoopbackUrl } from "../src/config.ts";
import { installAgentSide } from "../src/host/agent-side.ts";
import { launchFolder } from "../src/host/launch-folder.ts";
import { OpencodeServer } from "../src/host/opencode-server.ts";
import { asksOrDenies, opencodeFolders } from "../src/host/operator-settings.ts";
import { closeFolders } from "../src/host/private-folders.ts";
import { Programs } from "../src/host/programs.ts";
import { ServerCheck } from "../src/host/server-check.ts";
import { passwordEnv, projectEnv } from "../src/host/server-env.ts";
import { serverStart, startRecord } from "../src/host/server-start.ts";
import { type AgentTerminals, Terminals } from "../src/host/terminals.ts";
import { toolVersions } from "../src/host/versions.ts";

declare module "fastify" {
  interface FastifyInstance {
    terminals: AgentTerminals;
    opencodeServer: Pick<OpencodeServer, "ensure">;
    serverCheck: Pick<ServerCheck, "warning">;
    programs: Pick<Programs, "missing" | "warning">;
  }
}

/** What runs on this machine for the agents: opencode's server and their terminals. */
export default fp(
  async (app) => {
    const { tmux, agents, settings, events } = app;
    const { opencode, dataDir, workspaceDir, childEnv } = app.config;
    const { bin, url } = opencode;
    const isLocal = isLoopbackUrl(url);
    const log = app.log.child({ module: "host" });
    const projectConfig = app.config.projectConfig ?? (asksOrDenies(childEnv) ? "ignore" : "trust");
    const wanted = serverStart(projectConfig, opencode);
    const record = startRecord(settings);
    const launchDir = launchFolder(projectConfig, dataDir);
    if (isLocal) closeFolders(Object.values(opencodeFolders(childEnv)), log);
    const terminalEnv = { ...passwordEnv(opencode), ...projectEnv(projectConfig) };
    const side = { dataDir, workspaceDir, credentials: opencode, projectConfig };
    const env = installAgentSide({ ...side, env: childEnv });
    const names = async () => (await agents.active()).map(({ name }) => name);
    const cwd = launchDir ?? workspaceDir;
    const needed = { bin, cwd, isLocal, isTyped: app.config.delivery === "tmux" };
    const version = async () => (await toolVersions({ bin, env: childEnv, cwd }, ["opencode"]))[0];
    const programs = new Programs({ tmux, ...needed, path: childEnv["PATH"], version, log });
    const checked = { wanted, record, isLocal };
    const starting = { start: wanted, record, agents: names, isLocal, programs, log };
    const check = new ServerCheck({ tmux, url, credentials: opencode, ...checked, log });
    const shown = { opencodeBin: bin, opencodeUrl: url, env: terminalEnv, launchDir };
    app.decorate("terminals", new Terminals({ tmux, ...shown, log }));
    const server = new OpencodeServer({ tmux, bin, url, cwd, env, ...starting });
    app.decorate("opencodeServer", server);
    app.opencodeComing.up = () => server.up();
    app.decorate("serverCheck", check);
    app.decorate("programs", programs);
    app.addHook("onListen", () => server.begin());
    events.on("open", () => void check.logWarning());
    events.on("failed", () => void check.logWarning());
  },
  { name: "host", dependencies: ["tmux", "store", "opencode", "agents", "projects"] },
);
