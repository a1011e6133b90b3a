import fp from "fastify-plugin";
import { setUsualSettings } from "../src/chat-settings/chat-settings.ts";

/** What operators chose for a conversation, over what the environment says. */
export default fp(
  async (app) => {
    const { format, verbosity } = app.config;
    await app.store.writeBehind((transaction) =>
      setUsualSettings(transaction, { format, verbosity }),
    );
  },
  { name: "chat-settings", dependencies: ["store"] },
);
