/**
 * The floor of everything HTTP: Fastify on `PORT`, whose one route takes a JSON body for nothing.
 * Plain JavaScript, since stripping types is part of what Switchboard costs.
 */
import Fastify from "fastify";

const app = Fastify();
app.get("/", async (_request, reply) => reply.send());
app.post("/", async (_request, reply) => reply.send());
await app.listen({ host: "127.0.0.1", port: Number(process.env.PORT) });
