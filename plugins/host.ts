import fp from "fastify-plugin";
import { isLoopbackUrl } from "../src/config.ts";
import { checkoutDir, installAgentSide, passwordEnv } from "../src/host/agent-side.ts";
import { OpencodeServer } from "../src/host/opencode-server.ts";
import { type AgentTerminals, Terminals } from "../src/host/terminals.ts";
import { checkWorkspace, makeWorkspace, ownEnvFiles } from "../src/host/workspace.ts";

declare module "fastify" {
  interface FastifyInstance {
    terminals: AgentTerminals;
    opencodeServer: Pick<OpencodeServer, "ensure">;
  }
}

/** What runs on this machine for the agents: opencode's server, their terminals, their workspace. */
export default fp(
  async (app) => {
    const { tmux } = app;
    const { opencode, dataDir, workspaceDir } = app.config;
    const log = app.log.child({ module: "host" });
    checkWorkspace(workspaceDir, { dataDir, checkoutDir, envFiles: ownEnvFiles() });
    makeWorkspace(workspaceDir, checkoutDir);
    const terminals = new Terminals({
      tmux,
      opencodeBin: opencode.bin,
      opencodeUrl: opencode.url,
      env: passwordEnv(opencode),
      log,
    });
    const server = new OpencodeServer({
      tmux,
      bin: opencode.bin,
      url: opencode.url,
      cwd: workspaceDir,
      env: installAgentSide(dataDir, opencode),
      isLocal: isLoopbackUrl(opencode.url),
      log,
    });
    app.decorate("terminals", terminals);
    app.decorate("opencodeServer", server);
  },
  { name: "host", dependencies: ["tmux"] },
);
