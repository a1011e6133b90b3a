import { join } from "node:path";
import fp from "fastify-plugin";
import { tellOfChoice } from "../src/bot/tell-of-choice.ts";
import { transcribe } from "../src/speech/transcribe.ts";
import { type Hear, Transcriber } from "../src/transcripts/transcriber.ts";
import { pruneTranscripts } from "../src/transcripts/transcript-table.ts";

declare module "fastify" {
  interface FastifyInstance {
    transcriber: Transcriber;
  }
}

/** Voice messages that become text. */
export default fp(
  async (app) => {
    const { store, downloadFile: download } = app;
    const { hearing, dataDir } = app.config;
    const log = app.log.child({ module: "transcripts" });
    const hear: Hear | undefined =
      hearing && ((recording, signal) => transcribe(hearing.server, recording, { signal }));
    const transcriber = new Transcriber({
      store,
      download,
      hear,
      prompted: (transaction, { conversation, operator }, agent) =>
        tellOfChoice(transaction, { conversation, operator }, agent),
      dir: join(dataDir, "voice"),
      log,
    });
    app.decorate("transcriber", transcriber);
    app.pruner.add(pruneTranscripts);
    app.addHook("onListen", () => transcriber.start());
  },
  { name: "transcripts", dependencies: ["store", "telegram", "voice"] },
);
