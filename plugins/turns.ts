import fp from "fastify-plugin";
import { TurnEnds } from "../src/turns/turn-ends.ts";

declare module "fastify" {
  interface FastifyInstance {
    turnEnds: TurnEnds;
  }
}

/** What a test may do otherwise. */
export interface TurnsPluginOptions {
  /** See `TurnEndsOptions`. */
  startWithinMs?: number;
}

/** The end of a turn, and what the operator sees of it. */
export default fp<TurnsPluginOptions>(
  async (app, options) => {
    const { store, opencode: client, activity, sessionReader: sessions, apiPath: poster } = app;
    const mode = app.config.replyMode;
    const log = app.log.child({ module: "turns" });
    app.decorate(
      "turnEnds",
      new TurnEnds({ store, client, activity, poster, sessions, mode, log, ...options }),
    );
  },
  { name: "turns", dependencies: ["store", "opencode", "delivery"] },
);
