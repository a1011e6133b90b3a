import fp from "fastify-plugin";
import { PromptFiles, pruneParts } from "../src/prompts/files.ts";
import { isCloud, maxCloudBytes, maxLocalBytes } from "../src/telegram/files.ts";
import { PromptContents } from "../src/uploads/prompt-contents.ts";
import { UploadSweeper } from "../src/uploads/sweeper.ts";
import { UploadWorker } from "../src/uploads/worker.ts";

declare module "fastify" {
  interface FastifyInstance {
    promptContents: PromptContents;
    uploadWorker: UploadWorker;
    uploadSweeper: UploadSweeper;
    /** Most bytes of a file that an operator may send. */
    maxUploadBytes: number;
  }
}

/** Files that operators send: loaded once the server listens, kept, and read for the model. */
export default fp(
  async (app) => {
    const { store, agents, catalog, downloadFile: download } = app;
    const { telegram, keepDays } = app.config;
    const log = app.log.child({ module: "uploads" });
    const files = new PromptFiles(store);
    const maxBytes = isCloud(telegram.apiRoot) ? maxCloudBytes : maxLocalBytes;
    app.decorate("maxUploadBytes", maxBytes);
    app.decorate("promptContents", new PromptContents({ store, catalog }));
    const worker = new UploadWorker({ store, files, agents, download, maxBytes, log });
    app.decorate("uploadWorker", worker);
    const sweeper = new UploadSweeper({ store, files, keepDays, log });
    app.decorate("uploadSweeper", sweeper);
    app.pruner.add(pruneParts);
    app.addHook("onListen", async () => {
      worker.start();
      sweeper.start();
    });
  },
  { name: "uploads", dependencies: ["agents", "opencode", "prompts", "telegram"] },
);
