import { mkdirSync } from "node:fs";
import { join } from "node:path";
import fp from "fastify-plugin";
import { Inbox } from "../src/inbox/inbox.ts";
import { Settings } from "../src/store/settings.ts";
import { Store } from "../src/store/store.ts";

declare module "fastify" {
  interface FastifyInstance {
    store: Store;
    settings: Settings;
    inbox: Inbox;
  }
}

/** The SQLite file in `DATA_DIR`, and the inbox in it. */
export default fp(
  async (app) => {
    mkdirSync(app.config.dataDir, { recursive: true, mode: 0o700 });
    const store = new Store(join(app.config.dataDir, "switchboard.sqlite"));
    app.decorate("store", store);
    app.decorate("settings", new Settings(store));
    app.decorate("inbox", new Inbox(store));
    app.addHook("onClose", async () => store.close());
  },
  { name: "store" },
);
