import fp from "fastify-plugin";
import type { Metrics } from "../src/metrics/metrics.ts";

declare module "fastify" {
  interface FastifyInstance {
    /** Undefined unless METRICS=on. */
    metrics: Metrics | undefined;
  }
}

/** What `GET /metrics` shows; nothing of it is loaded or counted unless METRICS=on. */
export default fp(
  async (app) => {
    if (app.config.metrics === "off") return void app.decorate("metrics", undefined);
    // Its library costs some MB and a part of the start.
    const loaded = await import("../src/metrics/metrics.ts");
    const metrics = new loaded.Metrics(app, app.log.child({ module: "metrics" }));
    app.decorate("metrics", metrics);
    app.addHook("onResponse", async ({ routeOptions }, { statusCode }) =>
      metrics.countRequest(routeOptions.url, statusCode),
    );
    app.addHook("onClose", async () => metrics.stop());
  },
  {
    name: "metrics",
    dependencies: [
      "store",
      "inbox",
      "outbox",
      "telegram",
      "opencode",
      "delivery",
      "turns",
      "cards",
    ],
  },
);
