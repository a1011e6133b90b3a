import fp from "fastify-plugin";
import { pruneButtons } from "../src/buttons/buttons.ts";

/** The keys of all buttons. */
export default fp(async (app) => app.pruner.add(pruneButtons), {
  name: "buttons",
  dependencies: ["store"],
});
