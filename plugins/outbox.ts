import { join } from "node:path";
import fp from "fastify-plugin";
import { ReplyFiles } from "../src/replies/reply-files.ts";
import { Outbox } from "../src/outbox/outbox.ts";
import { Sender } from "../src/outbox/sender.ts";
import { createCall } from "../src/telegram/api.ts";

declare module "fastify" {
  interface FastifyInstance {
    outbox: Outbox;
    sender: Sender;
    replyFiles: ReplyFiles;
  }
}

/** The queue of Telegram calls and the sender that works through it once the server listens. */
export default fp(
  async (app) => {
    const { dataDir, workspaceDir, telegram } = app.config;
    const files = new ReplyFiles(join(dataDir, "outgoing"), [workspaceDir]);
    const outbox = new Outbox(app.store);
    const log = app.log.child({ module: "outbox" });
    const sender = new Sender({
      outbox,
      call: createCall(telegram),
      log,
      ended: ({ payload }) => {
        const { document } = payload as { document?: { path: string } };
        if (!document) return;
        files.drop(document.path).catch((error: unknown) => {
          log.warn({ err: error }, "the copy of a file that was sent could not be removed");
        });
      },
    });
    app.decorate("outbox", outbox);
    app.decorate("sender", sender);
    app.decorate("replyFiles", files);
    app.addHook("onReady", async () => files.sweep(await outbox.owedFiles()));
    app.addHook("onListen", async () => sender.wake());
  },
  { name: "outbox", dependencies: ["store"] },
);
