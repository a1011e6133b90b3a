import fp from "fastify-plugin";
import { pruneCards } from "../src/cards/card-table.ts";
import { Cards } from "../src/cards/cards.ts";
import { Decisions } from "../src/cards/decisions.ts";

declare module "fastify" {
  interface FastifyInstance {
    cards: Cards;
    decisions: Decisions;
  }
}

/** Decisions: shown, pressed, passed on. */
export default fp(
  async (app) => {
    const { store, opencode: client, sessionReader: reader } = app;
    const log = app.log.child({ module: "cards" });
    const { destinations, callPrompts, keptFiles: files } = app;
    const cards = new Cards({ store, destinations, callPrompts, client, files });
    app.decorate("cards", cards);
    app.decorate("decisions", new Decisions({ store, cards, client, reader, log }));
    app.pruner.add(pruneCards);
  },
  { name: "cards", dependencies: ["store", "opencode", "outbox", "prompts"] },
);
