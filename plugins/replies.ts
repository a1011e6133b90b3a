import fp from "fastify-plugin";
import { ownEnvFiles } from "../src/projects/workspace.ts";
import { Replies, pruneReplies } from "../src/replies/replies.ts";
import { ReplyFiles } from "../src/replies/reply-files.ts";

declare module "fastify" {
  interface FastifyInstance {
    replies: Replies;
    replyFiles: ReplyFiles;
  }
}

/** What agents say, and the files they send. */
export default fp(
  async (app) => {
    const { store, agents, destinations, callPrompts, keptFiles: files } = app;
    app.decorate("replies", new Replies({ store, agents, destinations, callPrompts, files }));
    const { workspaceDir, dataDir } = app.config;
    const secrets = [dataDir, ...ownEnvFiles()];
    app.decorate("replyFiles", new ReplyFiles(files, [workspaceDir], secrets));
    app.pruner.add(pruneReplies);
  },
  { name: "replies", dependencies: ["store", "agents", "outbox", "prompts"] },
);
