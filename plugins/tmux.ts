import fp from "fastify-plugin";
import { Tmux } from "../src/tmux/tmux.ts";

declare module "fastify" {
  interface FastifyInstance {
    tmux: Tmux;
  }
}

/** The tmux server that holds the agents' terminals; it outlives this process. */
export default fp(
  async (app) => {
    const { tmuxSocketName, childEnv } = app.config;
    app.decorate("tmux", new Tmux({ socketName: tmuxSocketName, env: childEnv }));
  },
  { name: "tmux" },
);
