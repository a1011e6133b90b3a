import fp from "fastify-plugin";
import { type MachineProjects, Projects } from "../src/projects/projects.ts";
import { checkout, checkWorkspace, makeWorkspace, ownEnvFiles } from "../src/projects/workspace.ts";

declare module "fastify" {
  interface FastifyInstance {
    projects: MachineProjects;
  }
}

/** The workspace, and the other folders of this machine that agents work in. */
export default fp(
  async (app) => {
    const { dataDir, workspaceDir, childEnv, agentUmask: umask } = app.config;
    const own = { dataDir, checkoutDir: checkout, envFiles: ownEnvFiles() };
    checkWorkspace(workspaceDir, own);
    makeWorkspace(workspaceDir, checkout);
    const log = app.log.child({ module: "projects" });
    const git = { env: childEnv, umask };
    app.decorate("projects", new Projects({ workspaceDir, own, git, log }));
  },
  { name: "projects" },
);
