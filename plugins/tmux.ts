import fp from "fastify-plugin";
import { Tmux, type TmuxServer } from "../src/tmux/tmux.ts";

declare module "fastify" {
  interface FastifyInstance {
    tmux: TmuxServer;
  }
}

/** The tmux server that holds the agents' terminals; it outlives this process. */
export default fp(
  async (app) => {
    const { tmuxSocketName: socketName, childEnv: env, agentUmask: umask } = app.config;
    app.decorate("tmux", new Tmux({ socketName, env, umask }));
  },
  { name: "tmux" },
);
