import { join } from "node:path";
import fp from "fastify-plugin";
import { Pruner } from "../src/store/prune.ts";
import { Settings } from "../src/store/settings.ts";
import { SqliteDatabase, storeName } from "../src/store/sqlite.ts";
import { Store } from "../src/store/store.ts";

declare module "fastify" {
  interface FastifyInstance {
    store: Store;
    settings: Settings;
    pruner: Pruner;
  }
}

/** The store: an SQLite file in `DATA_DIR`. */
export default fp(
  async (app) => {
    const { dataDir, keepDays } = app.config;
    const log = app.log.child({ module: "store" });
    const store = await Store.open(new SqliteDatabase(join(dataDir, storeName)), log);
    const pruner = new Pruner({ store, keepDays, log });
    app.decorate("store", store);
    app.decorate("settings", new Settings(store));
    app.decorate("pruner", pruner);
    app.addHook("onListen", async () => pruner.start());
    app.addHook("onClose", async () => {
      await pruner.stop();
      await store.close();
      app.dataDirLock.release();
    });
  },
  { name: "store" },
);
