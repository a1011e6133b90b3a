import fp from "fastify-plugin";
import { speak } from "../src/speech/speak.ts";
import { Reader, type Speak } from "../src/voice/reader.ts";

declare module "fastify" {
  interface FastifyInstance {
    reader: Reader;
  }
}

/** Answers that are read aloud. */
export default fp(
  async (app) => {
    const { store, keptFiles: files } = app;
    const { speaking } = app.config;
    const log = app.log.child({ module: "voice" });
    const say: Speak | undefined =
      speaking && ((text, signal) => speak(speaking, text, { signal }));
    const reader = new Reader({ store, speak: say, files, log });
    app.decorate("reader", reader);
    app.sender.on("ended", ({ speech }) => {
      if (speech) reader.textSent();
    });
    app.addHook("onListen", async () => reader.start());
  },
  { name: "voice", dependencies: ["store", "outbox", "chat-settings"] },
);
