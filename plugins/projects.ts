import fp from "fastify-plugin";
import { type MachineProjects, Projects } from "../src/projects/projects.ts";

declare module "fastify" {
  interface FastifyInstance {
    projects: MachineProjects;
  }
}

/** The folders of this machine that agents work in. */
export default fp(
  async (app) => {
    const { workspaceDir, childEnv, agentUmask: umask } = app.config;
    const log = app.log.child({ module: "projects" });
    const git = { env: childEnv, umask };
    app.decorate("projects", new Projects({ workspaceDir, own: app.ownPaths, git, log }));
  },
  { name: "projects", dependencies: ["host"] },
);
