import type { FastifyPluginAsync } from "fastify";

/** `GET /metrics`: what METRICS=on counts, for Prometheus; without that setting there is no such route. */
const metrics: FastifyPluginAsync = async (app) => {
  const { metrics: counted } = app;
  if (!counted) return;

  app.get("/metrics", { onRequest: app.requireLocal }, async (_request, reply) =>
    reply.type(counted.contentType).send(await counted.text()),
  );
};

export default metrics;
