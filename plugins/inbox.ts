import fp from "fastify-plugin";
import { Inbox, pruneUpdates } from "../src/inbox/inbox.ts";
import { InboxWorker } from "../src/inbox/worker.ts";

declare module "fastify" {
  interface FastifyInstance {
    inbox: Inbox;
    inboxWorker: InboxWorker;
  }
}

/** The queue of Telegram's updates, and the worker that hands them to the bot. */
export default fp(
  async (app) => {
    const { store } = app;
    const log = app.log.child({ module: "inbox" });
    const inbox = new Inbox(store);
    app.decorate("inbox", inbox);
    app.decorate("inboxWorker", new InboxWorker({ store, inbox, log }));
    app.pruner.add(pruneUpdates);
  },
  { name: "inbox", dependencies: ["store"] },
);
