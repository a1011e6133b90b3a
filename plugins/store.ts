import { join } from "node:path";
import fp from "fastify-plugin";
import { dropNoLongerAllowed } from "../src/bot/revoke-access.ts";
import { Inbox } from "../src/inbox/inbox.ts";
import { Pruner } from "../src/store/prune.ts";
import { Settings } from "../src/store/settings.ts";
import { Store } from "../src/store/store.ts";

declare module "fastify" {
  interface FastifyInstance {
    store: Store;
    settings: Settings;
    inbox: Inbox;
  }
}

/** The SQLite file in `DATA_DIR` and the inbox in it. */
export default fp(
  async (app) => {
    const { dataDir, keepDays, telegram } = app.config;
    const store = new Store(join(dataDir, "switchboard.sqlite"));
    const pruner = new Pruner({ store, keepDays, log: app.log.child({ module: "store" }) });
    app.decorate("store", store);
    app.decorate("settings", new Settings(store));
    app.decorate("inbox", new Inbox(store));
    app.addHook("onReady", async () => {
      const { allowedChats: chats, allowedUsers: users } = telegram;
      const given = await dropNoLongerAllowed(store, { chats, users });
      if (Object.values(given).some((count) => count > 0)) {
        app.log.warn(given, "what was open of users and chats no longer allowed is given up");
      }
    });
    app.addHook("onListen", async () => pruner.start());
    app.addHook("onClose", async () => {
      await pruner.stop();
      store.close();
      app.dataDirLock.release();
    });
  },
  { name: "store" },
);
