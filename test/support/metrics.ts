import type { FastifyInstance } from "fastify";
import { Scrape } from "./scrape.ts";

/** What `GET /metrics` shows a program on this machine. */
export async function scraped(app: FastifyInstance): Promise<Scrape> {
  const answer = await app.inject({ url: "/metrics" });
  if (answer.statusCode !== 200) throw new Error(`status ${answer.statusCode}: ${answer.body}`);
  return new Scrape(answer.body);
}
