import { mkdirSync } from "node:fs";
import { join } from "node:path";
import fp from "fastify-plugin";
import { Inbox } from "../src/inbox/inbox.ts";
import { DataDirLock } from "../src/store/lock.ts";
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

/** The SQLite file in `DATA_DIR`, for one Switchboard at a time, and the inbox in it. */
export default fp(
  async (app) => {
    const { dataDir, keepDays } = app.config;
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const lock = new DataDirLock(dataDir);
    const store = new Store(join(dataDir, "switchboard.sqlite"));
    const pruner = new Pruner({ store, keepDays, log: app.log.child({ module: "store" }) });
    app.decorate("store", store);
    app.decorate("settings", new Settings(store));
    app.decorate("inbox", new Inbox(store));
    app.addHook("onListen", async () => pruner.start());
    app.addHook("onClose", async () => {
      await pruner.stop();
      store.close();
      lock.release();
    });
  },
  { name: "store" },
);
