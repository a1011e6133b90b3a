import { join } from "node:path";
import fp from "fastify-plugin";
import { Budget } from "../src/outbox/budget.ts";
import { KeptFiles } from "../src/outbox/kept-files.ts";
import { LiveCalls } from "../src/outbox/live-calls.ts";
import { Outbox } from "../src/outbox/outbox.ts";
import { pruneOutbox } from "../src/outbox/prune.ts";
import { droppedFileSignal } from "../src/outbox/share.ts";
import { Sender } from "../src/outbox/sender.ts";
import { introduce } from "../src/replies/introduce.ts";

declare module "fastify" {
  interface FastifyInstance {
    outbox: Outbox;
    /** What Telegram may still be sent. */
    budget: Budget;
    sender: Sender;
    liveCalls: LiveCalls;
    keptFiles: KeptFiles;
  }
}

/** The queue of Telegram calls, the files they send, and the sender that works through it. */
export default fp(
  async (app) => {
    const { store, telegramCall: call, pauses } = app;
    const log = app.log.child({ module: "outbox" });
    const outbox = new Outbox(store, introduce);
    const keptFiles = new KeptFiles(join(app.config.dataDir, "outgoing"));
    const budget = new Budget(pauses);
    const liveCalls = new LiveCalls({ store, call, budget, log });
    const sender = new Sender({ store, outbox, call: liveCalls.guard(call), budget, log });
    const drop = (file: string | undefined) => {
      if (file === undefined) return;
      keptFiles.drop(file).catch((error: unknown) => {
        log.warn({ err: error }, "the copy of a file that was sent could not be removed");
      });
    };
    sender.on("ended", ({ files, chatId }) => {
      for (const file of files) drop(file);
      if (chatId !== undefined) liveCalls.wake(chatId);
    });
    store.on(droppedFileSignal, drop);
    app.decorate("outbox", outbox);
    app.decorate("budget", budget);
    app.decorate("sender", sender);
    app.decorate("liveCalls", liveCalls);
    app.decorate("keptFiles", keptFiles);
    app.pruner.add(pruneOutbox);
    app.addHook("onReady", async () => keptFiles.sweep(await outbox.neededFiles()));
    app.addHook("onListen", async () => sender.start());
  },
  // After access was revoked, for the files of what is given up are not needed.
  { name: "outbox", dependencies: ["access", "store", "telegram"] },
);
